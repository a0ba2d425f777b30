import type { ContainerPass } from '../pass.ts'

export const entryExtraFields: ContainerPass = {
  kind: 'container',
  id: 'entry-extra-fields',
  version: 1,
  formats: ['wheel', 'jar', 'zip'],
  causes: ['entry-extra-fields'],
  changes: 'Times, owners, sizes of 64 bits and alignment in the extra fields of a zip archive.',
  safe: 'They say nothing about the content.',
  never: 'Records that are not known or not as they should be, other names, and sizes that disagree.',
  entry: { noun: 'extra fields', noteOf: ({ notes }) => notes?.extra ?? '' },
}
