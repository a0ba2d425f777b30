import type { ContainerPass } from '../pass.ts'

export const entryHeaders: ContainerPass = {
  kind: 'container',
  id: 'entry-headers',
  version: 3,
  formats: ['wheel', 'jar', 'zip'],
  causes: ['entry-headers'],
  changes:
    'Which version and system made an entry, which version is needed to read it, whether its sizes stand before or behind it, whether it is said to be text, and its attributes of MS-DOS.',
  safe: 'Programs that read the entry at all get the same content.',
  never:
    'Flags and sizes on which the two headers of an entry disagree, a version above what its compression needs, modes that only some systems heed, and whether the mode of a program says that it is a file.',
  entry: { noun: 'version, system or flags in its header', noteOf: ({ notes }) => notes?.header ?? '' },
}
