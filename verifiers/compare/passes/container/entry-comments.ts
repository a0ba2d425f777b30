import type { ContainerPass } from '../pass.ts'

export const entryComments: ContainerPass = {
  kind: 'container',
  id: 'entry-comments',
  version: 2,
  formats: ['wheel', 'jar', 'zip'],
  causes: ['entry-comments'],
  changes: 'Comments of entries that are short and plain text.',
  safe: 'No program unpacks them.',
  never: 'Comments that are long or no plain text, or have an address, a command, code or data in them.',
  entry: { noun: 'comment', noteOf: ({ notes }) => notes?.comment ?? '' },
}
