import type { ContainerPass } from '../pass.ts'

export const entryCompression: ContainerPass = {
  kind: 'container',
  id: 'entry-compression',
  version: 1,
  formats: ['wheel', 'jar', 'zip'],
  causes: ['entry-compression'],
  changes: 'How each entry of a zip archive is compressed: stored or deflated, and how hard.',
  safe: 'Whoever unpacks the entry gets the same bytes, whose sum and size are checked.',
  never: 'Other methods, encrypted entries, bytes behind the compressed data.',
  entry: { noun: 'compression', noteOf: ({ notes }) => notes?.compression ?? '' },
}
