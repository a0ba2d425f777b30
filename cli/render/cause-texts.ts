import type { CauseText } from './causes.ts'

const stamp = (title: string, only: string): CauseText => ({
  title,
  only,
  help: `The build writes ${only} into the file. Two honest builds of one source differ in it; nothing else in the file differs.`,
})

/** Causes of differences in what files hold, and in package.json. */
export const causeTexts: Record<string, CauseText> = {
  code: {
    title: 'Code that the rebuild does not have',
    many: 'files with code that the rebuild does not have',
    help: 'The published code does, calls or loads something that the code built from the source does not. Read the marked tokens: if the source does not explain them, do not run the package.',
  },
  content: {
    title: 'Content that differs',
    only: 'their text',
    help: 'The content differs in a way that no known cause explains. Read what is marked; a document rarely matters, data that a program reads can.',
  },
  missing: {
    title: 'A published entry that the rebuild does not have',
    many: 'published entries that the rebuild does not have',
    help: 'It was published, but building the source does not give it. Somebody added it by hand, the source is another one, or a step of the build was missed. Look at where it comes from before you use it.',
  },
  untracked: {
    title: 'A file that was only on the publisher’s disk',
    many: 'files that were only on the publisher’s disk',
    help: 'No commit around the release has it, no build writes such a file, and all else is the same: it lay in the folder that was published. Look at what it says; nothing else can tell where it comes from.',
  },
  'another-compiler': {
    title: 'Another compiler, or another version of it',
    only: 'how a compiler writes the same',
    help: 'The published file was made by another version of a compiler, bundler or minifier than the rebuilt one. Where it is called suspicious, that is not all that could differ: read the marked tokens. Rebuild with the version that the publisher had.',
  },
  'other-source': {
    title: 'A file of another source than the one that was built',
    many: 'files of another source than the one that was built',
    help: 'Nothing builds the file: the rebuild has it as the source does, and it was published with other bytes. They are of another commit than the one that was built, were changed on the publisher’s disk, or a step of the release writes the file. Find out which before you use it.',
  },
  extra: {
    title: 'An entry that was not published',
    many: 'entries that were not published',
    help: 'The rebuild has it and the published file does not. It cannot have been hidden by the publisher, but shows that the rebuild was not quite the same.',
  },
  'deciding-times': {
    title: 'Times that decide what runs',
    many: 'files whose times decide what runs',
    help: 'A build makes a file anew that is older than its source, and Python takes a compiled module for its source where the times agree. Those of the published file lead to another choice than those of the rebuild. Unpack both, and look at what each of the two files does.',
  },
  'npm-file-list': {
    title: 'A document that some versions of npm pack',
    only: 'which documents npm packs',
    help: 'Some versions of npm pack every README and LICENSE, others only those that the package lists. Rebuild with the version of npm that is named.',
  },
  'licence-moved': {
    title: 'A licence in another place of the wheel',
    many: 'licences in another place of the wheel',
    help: 'Builders after PEP 639 put licences into a folder of their own, those before it beside the metadata. The bytes are the same.',
  },
  metadata: {
    title: 'Metadata of a Python package that differs',
    help: 'METADATA or PKG-INFO has other fields. What is installed is decided by name, version and requirements; the rest is for people and catalogues.',
  },
  'another-builder': {
    title: 'Another version of what built the package',
    only: 'the version of what built them',
    help: 'The file says the same as another version of the same tool writes it. Rebuild with that version to get the same bytes.',
  },
  'locked-versions': {
    title: 'Other versions in the lockfile of a crate',
    help: 'cargo makes Cargo.lock when it packs, of what the registry has then. `cargo install --locked` takes these versions for a program; of a library nobody is given them.',
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
  'source-script': {
    title: 'A script of the source that one packer takes away',
    only: 'scripts of the source',
    help: 'The published package.json has scripts that the rebuilt one lacks. The source has them word for word, and nothing runs them where the package is installed: pnpm takes them away when it packs, and npm does not.',
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
    title: 'Other names of variables',
    only: 'names of variables that nothing else knows',
    help: 'Another version or run of a minifier chose other names; the code is the same otherwise, as a parser reads it. Pin the minifier to be sure.',
  },
  formatting: {
    title: 'White space',
    only: 'white space between tokens',
    help: 'The code is the same, as a parser reads it; white space, quotes, semicolons or parentheses are not.',
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
  'build-time': stamp('The time of the build', 'the time of the build'),
  'generated-date': stamp('The date of generation', 'the date on which it was generated'),
  'kept-comment': {
    title: 'Comments that one build keeps, and the other does not',
    only: 'comments of the source',
    help: 'The published program has comments that the rebuilt one does not have. They stand word for word in the source, or in a package that the build fetched: another setting or version of the bundler or minifier keeps them.',
  },
  'copyright-year': stamp('The years of a copyright', 'the year in which it was built'),
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
  'dependency-version': {
    title: 'Another version of a dependency',
    only: 'the version of one dependency',
    help: 'The build took another release of a dependency than the publisher had. Where the report names a published release, all that differs is code of it, in the place where the rebuild has its own; the release itself says what that does. Rebuild with the release that is named.',
  },
  'archive-comment': {
    title: 'A comment of an archive',
    only: 'comments of archives',
    help: 'No unpacked package shows it.',
  },
  'build-id': {
    title: 'An identifier that the linker writes',
    only: 'identifiers that linkers write',
    help: 'The linker writes a digest of what it links, and compilers their names, into notes that no program reads while it runs.',
  },
  'image-metadata': {
    title: 'What an image notes about itself',
    only: 'what images note about themselves',
    help: 'No pixel differs, only a time that the image carries.',
  },
  encoding: {
    title: 'Another encoding of text',
    help: 'Programs that guess the encoding read another text than those that do not.',
  },
  format: {
    title: 'Another format',
    help: 'The two files are not of one kind, so that nothing inside can be compared.',
  },
  'json-spelling': {
    title: 'JSON values that are written otherwise',
    help: 'JavaScript reads the same values, but other programs may not: large numbers, escapes, and marks at the beginning.',
  },
  'line-breaks': {
    title: 'Where lines end in code',
    only: 'where lines end',
    help: 'In JavaScript a line end can end a statement.',
  },
  'nested-archive': {
    title: 'An archive inside that differs',
    only: 'archives inside of them',
    help: 'An archive inside of the package differs; what differs in it is told by itself, its path behind !/.',
  },
  'user-pass': {
    title: 'What the user asked to look away from',
    help: 'A pass of the user hides this difference. Its reason and the digest of what it hides are in the report.',
  },
}
