/** What a reader is told about a cause or a finding, whatever the difference is that has it. */
export type CauseText = {
  /** A few words, as a heading. */
  title: string
  /** Behind "files that differ only in"; absent where a difference is never told in passing. */
  only?: string
  /** What it means and what to do, in a few sentences. */
  help: string
}

const stamp = (title: string, only: string): CauseText => ({
  title,
  only,
  help: `The build writes ${only} into the file. Two honest builds of one source differ in it; nothing else in the file differs.`,
})

const archiveNote = (title: string, only: string): CauseText => ({
  title,
  only,
  help: `The archives differ in ${only}. No unpacked package shows it.`,
})

const texts: Record<string, CauseText> = {
  code: {
    title: 'Code that the rebuild does not have',
    help: 'The published code does, calls or loads something that the code built from the source does not. Read the marked tokens: if the source does not explain them, do not run the package.',
  },
  content: {
    title: 'Content that differs',
    only: 'their text',
    help: 'The content differs in a way that no known cause explains. Read what is marked; a document rarely matters, data that a program reads can.',
  },
  missing: {
    title: 'A published entry that the rebuild does not have',
    help: 'It was published, but building the source does not give it. Somebody added it by hand, the source is another one, or a step of the build was missed. Look at where it comes from before you use it.',
  },
  extra: {
    title: 'An entry that was not published',
    only: 'being in the rebuild only',
    help: 'The rebuild has it and the published file does not. It cannot have been hidden by the publisher, but shows that the rebuild was not quite the same.',
  },
  'npm-file-list': {
    title: 'A document that some versions of npm pack',
    only: 'which documents npm packs',
    help: 'Some versions of npm pack every README and LICENSE, others only those that the package lists. Rebuild with the version of npm that is named.',
  },
  'install-script': {
    title: 'An install script that differs',
    help: 'Scripts of this name run on the machine of whoever installs the package, without being asked for. One that the source does not have is the most common way to attack.',
  },
  'manifest-decisive': {
    title: 'package.json differs where it decides what is installed or run',
    help: 'Name, version, dependencies, entry points, binaries or conditions of the published package.json are not those of the rebuild. Find out who changed them, and why.',
  },
  'manifest-scripts': {
    title: 'A script in package.json differs',
    only: 'scripts that run on request only',
    help: 'The script runs when somebody asks for it by name, not on installation.',
  },
  manifest: {
    title: 'package.json differs in a field that decides nothing',
    only: 'fields of package.json that decide nothing',
    help: 'The field is for people and registries; package managers do not act on it.',
  },
  'git-head': {
    title: 'The commit that npm writes into package.json',
    only: 'the commit that npm wrote into package.json',
    help: 'npm adds gitHead when it publishes from a git checkout.',
  },
  'repository-spelling': {
    title: 'Another spelling of the repository’s address',
    only: 'the spelling of the repository’s address',
    help: 'npm rewrites the address of the repository when it publishes; it is the same place.',
  },
  'repeated-keys': {
    title: 'A JSON object has one key twice',
    help: 'Programs disagree about which of the two counts, so that a reviewer may see another value than the one that is used.',
  },
  'machine-code': {
    title: 'Machine code that differs',
    help: 'Nobody can read what compiled code does. Build it again from its source, in the same environment, or do not use it.',
  },
  'binary-content': {
    title: 'A binary file that differs',
    help: 'It is no text, and not what the rebuild gives. Find out what made it; an image or font that the source does not have is as much out of nowhere as a program.',
  },
  'invisible-characters': {
    title: 'Invisible characters',
    help: 'The published text has characters that no editor shows. They can turn the direction of the text, or carry a hidden message. There is hardly an honest reason for them in code.',
  },
  'variable-names': {
    title: 'Other short names of variables',
    only: 'short names of variables',
    help: 'Another version or run of a minifier chose other names; the code is the same token by token otherwise. Pin the minifier to be sure.',
  },
  formatting: {
    title: 'White space',
    only: 'white space between tokens',
    help: 'The code is the same token by token. Where line ends between tokens differ too, they can end a statement.',
  },
  'json-formatting': {
    title: 'White space of JSON',
    only: 'the white space of JSON',
    help: 'The values are the same in the same order.',
  },
  'key-order': {
    title: 'The order of keys in JSON',
    only: 'the order of keys in JSON',
    help: 'The values are the same. For nearly all programs the order of keys means nothing; for conditions in exports it does.',
  },
  'member-order': {
    title: 'The order of a list',
    only: 'the order of a list',
    help: 'A list has the same members in another order, as a build makes it that does not wait for its files in turn.',
  },
  'line-endings': {
    title: 'Line ends',
    only: 'their line ends',
    help: 'One side was built from a checkout under Windows.',
  },
  'source-map': {
    title: 'A source map that differs',
    only: 'their source maps',
    help: 'A source map is not run; debuggers show what it says. Where the program is the same and only its map differs, somebody wants readers to see another source.',
  },
  'source-map-paths': {
    title: 'Folders in a source map',
    only: 'the folders in their source maps',
    help: 'The map names the same source files in another folder.',
  },
  mode: {
    title: 'Permissions that decide whether something runs',
    help: 'An executable, setuid or setgid bit differs. A file that becomes executable can be run by name.',
  },
  type: {
    title: 'Another type of entry',
    help: 'What is a file on one side is a link, folder or device on the other.',
  },
  'link-target': { title: 'A link that leads elsewhere', help: 'Links can lead out of the package.' },
  device: { title: 'A device or sparse file that differs', help: 'No package manager makes such entries.' },
  'stray-bytes': {
    title: 'Bytes that belong to no entry',
    help: 'Common programs do not show them, and some extractors read them as further entries.',
  },
  'limit-exceeded': {
    title: 'Larger than what is read',
    help: 'An archive like this is not what a package manager makes; look at it by other means before unpacking it.',
  },
  'duplicate-entry': {
    title: 'Two entries of one path',
    help: 'Extractors disagree about which of them wins, so that a reviewer may see another file than the one that is installed.',
  },
  'case-twin': {
    title: 'Names that differ in case only',
    help: 'On Windows and macOS they are one file, and the later one wins.',
  },
  'unicode-twin': {
    title: 'Names that look the same',
    help: 'They are written with other code points, and are one file on some systems.',
  },
  'escaping-path': {
    title: 'A path that leads out of the package',
    help: 'Unpacking it with a careless program writes elsewhere on the disk.',
  },
  'invisible-name': { title: 'A name with invisible characters', help: 'It does not read as what it is.' },
  compression: archiveNote('Compression', 'the compression around them'),
  'gzip-file-name': archiveNote('The file name in the gzip header', 'the file name in the gzip header'),
  order: {
    title: 'The order of entries',
    only: 'the order of their entries',
    help: 'No unpacked package shows it, unless entries overwrite or redirect each other: then it decides what is installed.',
  },
  times: archiveNote('Modification times', 'modification times'),
  owners: archiveNote('Owners', 'the owners of entries'),
  permissions: archiveNote('Read and write permissions', 'read and write permissions'),
  'folder-entries': archiveNote('Entries for folders', 'entries for folders'),
  'end-padding': archiveNote('Zero blocks at the end', 'the number of zero blocks at the end'),
  'build-time': stamp('The time of the build', 'the time of the build'),
  'generated-date': stamp('The date of generation', 'the date on which it was generated'),
  'build-path': stamp('The folder that was built in', 'the folder that was built in'),
  'version-stamp': stamp('A version that the build writes', 'the version that the build writes'),
  'commit-stamp': stamp('A commit that the build writes', 'the commit that the build writes'),
  'random-id': stamp('Random identifiers', 'identifiers that are random, or a hash of what differs elsewhere'),
  'user-host': stamp('A user or host name', 'the name of the user or the machine'),
  architecture: stamp('The architecture', 'the architecture that was built on'),
  locale: stamp('The language of the machine', 'how the language of the machine writes names and numbers'),
  'file-order': {
    title: 'The order of files',
    only: 'the order in which files were read',
    help: 'A build that lists a folder without sorting depends on the order of the file system.',
  },
}

const families: [prefix: string, CauseText][] = [
  [
    'gzip-',
    {
      title: 'The compression holds more than it should',
      help: 'A gzip file has one member, a plain header and nothing behind it. What is more than that is not seen by most programs, and read differently by some.',
    },
  ],
  [
    'zip-',
    {
      title: 'A zip file that programs read differently',
      help: 'A zip file lists its entries twice. Where the lists disagree, or bytes stand between entries, one program sees other files than another.',
    },
  ],
  [
    'pax-',
    {
      title: 'An odd PAX record',
      help: 'Records in front of an entry can override its name, size and link; extractors disagree about broken, repeated and unknown ones.',
    },
  ],
  [
    'header-',
    {
      title: 'An entry’s header that programs read differently',
      help: 'Two common extractors would see different names, sizes or links here.',
    },
  ],
  [
    'tar-',
    { title: 'Odd structure of the tar', help: 'No packer writes archives like this; extractors disagree about them.' },
  ],
]

const words = (id: string) => id.replaceAll('-', ' ')

/** What a reader is told about a cause; in general words about one that is not known here. */
export function causeText(id: string): CauseText {
  const known = Object.hasOwn(texts, id) ? texts[id] : families.find(([prefix]) => id.startsWith(prefix))?.[1]
  return (
    known ?? {
      title: `${words(id).slice(0, 1).toUpperCase()}${words(id).slice(1)}`,
      help: 'See what the difference itself says.',
    }
  )
}

/** The same for several that are told in one line. What is suspicious is never said to differ only in something. */
export function inPassingText(id: string, severity: 'suspicious' | 'unexplained' | 'benign'): Omit<CauseText, 'help'> {
  const { title, only } = causeText(id)
  return severity === 'suspicious' || only === undefined ? { title } : { title, only }
}
