import type { ContainerPass } from './pass.ts'

const common = { kind: 'container', version: 1, formats: ['npm'] } as const

export const containerPasses: readonly ContainerPass[] = [
  {
    ...common,
    id: 'gzip-compression',
    causes: ['compression', 'gzip-file-name'],
    changes:
      'The gzip layer is undone: effort, time, system and file name in its header, and how the deflate data is encoded.',
    safe: 'Whoever unpacks the package gets the same tar, byte for byte.',
    never: 'A second member, bytes behind the last one, extra fields, comments, wrong checksums.',
  },
  {
    ...common,
    id: 'entry-order',
    causes: ['order'],
    changes: 'The order of the entries.',
    safe: 'Each entry is unpacked to a place of its own.',
    never: 'Archives with links, with two entries for one place, or with names that are one file on some systems.',
  },
  {
    ...common,
    id: 'entry-times',
    causes: ['times'],
    changes: 'Modification times, in headers and PAX records.',
    safe: 'npm sets the time of what it unpacks itself.',
    never: 'Records that are not a time.',
  },
  {
    ...common,
    id: 'entry-owners',
    causes: ['owners'],
    changes: 'Numbers and names of users and groups.',
    safe: 'npm gives what it unpacks to the user who runs it.',
    never: 'setuid, setgid and sticky bits.',
  },
  {
    ...common,
    id: 'entry-permissions',
    causes: ['permissions'],
    changes: 'Read and write permissions, and those of folders.',
    safe: 'npm makes everything readable and writable for the user and takes away what the umask forbids.',
    never: 'Executable, setuid, setgid and sticky bits of files.',
  },
  {
    ...common,
    id: 'folder-entries',
    causes: ['folder-entries'],
    changes: 'Entries for folders that have files in them on both sides.',
    safe: 'Such a folder is made anyway.',
    never: 'Empty folders.',
  },
  {
    ...common,
    id: 'end-padding',
    causes: ['end-padding', 'tar-no-end', 'tar-partial-block'],
    changes: 'How many zero blocks follow the last entry.',
    safe: 'They are the end of the archive.',
    never: 'Bytes that are not zero, and entries behind them.',
  },
]
