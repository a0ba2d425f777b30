import type { ContainerPass } from '../pass.ts'

export const entryTimes: ContainerPass = {
  kind: 'container',
  id: 'entry-times',
  version: 2,
  formats: ['npm', 'wheel', 'sdist', 'crate', 'gem', 'deb', 'jar', 'tar', 'zip', 'ar'],
  causes: ['times'],
  changes: 'Modification times, in headers, PAX records and extra fields.',
  safe: 'What unpacks an archive sets times that no program reads to decide what it does.',
  never: 'Records that are not a time.',
  entry: { noun: 'modification time', noteOf: ({ mtime }) => mtime },
}
