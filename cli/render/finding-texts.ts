import type { CauseText } from './causes.ts'

const archiveNote = (title: string, only: string): CauseText => ({
  title,
  only,
  help: `The archives differ in ${only}. No unpacked package shows it.`,
})

/** What archives say about their entries, and what is odd about them. */
export const findingTexts: Record<string, CauseText> = {
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
  'gzip-other-name': {
    title: 'Another name in the gzip header',
    help: 'A program that goes by it (gunzip -N) unpacks the file under that name.',
  },
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
  'not-a-tar': { title: 'No archive', help: 'The file is not what its name says. Nothing inside could be compared.' },
  'entry-after-end': {
    title: 'Entries behind the end of the archive',
    help: 'Some extractors stop at the end and others read on, so that they see different files.',
  },
  'unexpected-link-target': {
    title: 'A link target where there is no link',
    help: 'Programs disagree about what such an entry is.',
  },
  'unexpected-data': {
    title: 'Data where there should be none',
    help: 'Programs that ignore the size of such an entry read what follows differently.',
  },
  'odd-owner': { title: 'An odd owner', help: 'The field for the owner holds something that is no owner.' },
  'padding-bytes': {
    title: 'Bytes in the padding',
    help: 'What fills an entry up to the next block should be zero; no program shows it, and something can be hidden there.',
  },
  'extension-without-entry': {
    title: 'An extension header without its entry',
    help: 'Extractors disagree about which entry it belongs to.',
  },
  'entry-type': {
    title: 'An entry of an unknown type',
    help: 'Some extractors write it as a file, others leave it out.',
  },
  'zip-needed': {
    title: 'An entry that is said to need a newer program',
    help: 'Nothing of it does. Info-ZIP leaves such an entry out, Python refuses the archive, and Java and npm unpack it.',
  },
  'sparse-file': { title: 'A sparse file', help: 'Extractors that do not know the format write another content.' },
  polyglot: {
    title: 'A file of two formats',
    help: 'One program reads one archive in it, and another program another.',
  },
  'format-name': {
    title: 'A name that promises another format',
    help: 'Programs that go by the name read it differently from those that look inside.',
  },
  'compression-name': {
    title: 'A name that promises another compression',
    help: 'Programs that go by the name read it differently from those that look inside.',
  },
  'path-conflict': { title: 'A file and a folder of one path', help: 'Extractors disagree about which of them wins.' },
  'odd-path': {
    title: 'An odd path',
    help: 'It has empty or dot segments, backslashes or a drive, which some systems read as another path.',
  },
  'long-name': { title: 'A very long name', help: 'Some systems cut it, so that it becomes another file.' },
  'name-not-utf8': { title: 'A name that is not UTF-8', help: 'Every system shows and writes it differently.' },
  'several-roots': {
    title: 'Several top-level folders',
    help: 'Package managers cut off the first folder, whatever it is called, and so put the entries together.',
  },
  'escaping-link': {
    title: 'A link that leads out of the package',
    help: 'Writing through it changes files elsewhere on the disk.',
  },
  link: {
    title: 'A link',
    help: 'Package managers do not pack links. What it leads to may be replaced while unpacking.',
  },
  'outward-link': { title: 'A link that leads out of the package', help: 'What it leads to is not in the package.' },
  'special-mode': {
    title: 'A setuid, setgid or sticky bit',
    help: 'A program with such a bit runs with the rights of its owner.',
  },
  'setuid-file': { title: 'A setuid program', help: 'It runs with the rights of its owner, whoever starts it.' },
}

/** For findings that begin alike. */
export const families: readonly [prefix: string, CauseText][] = [
  [
    'xz-',
    {
      title: 'The xz layer holds more than it should',
      help: 'A compressed file has one stream and nothing behind it. What is more than that is read differently by some programs.',
    },
  ],
  [
    'zstd-',
    {
      title: 'The zstd layer holds more than it should',
      help: 'A compressed file has one frame and nothing behind it. What is more than that is read differently by some programs.',
    },
  ],
  [
    'bzip2-',
    {
      title: 'The bzip2 layer holds more than it should',
      help: 'A compressed file has one stream and nothing behind it. What is more than that is read differently by some programs.',
    },
  ],
  ['ar-', { title: 'An odd ar archive', help: 'No packer writes archives like this; programs disagree about them.' }],
  ['deb-', { title: 'An odd Debian package', help: 'dpkg and other programs read such a package differently.' }],
  ['gem-', { title: 'An odd gem', help: 'RubyGems and other programs read such a gem differently.' }],
  ['jar-', { title: 'An odd jar', help: 'Java and other programs read such an archive differently.' }],
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
