import type { ContainerPass } from '../pass.ts'

export const encoding: ContainerPass = {
  kind: 'container',
  id: 'encoding',
  version: 1,
  formats: ['npm', 'wheel', 'sdist', 'crate', 'gem', 'deb', 'jar', 'tar', 'zip', 'ar'],
  causes: ['encoding'],
  changes: 'How numbers, names and ends are written where all of them say the same.',
  safe: 'Both archives are read in full, entry by entry, and everything that they say is the same.',
  never: 'Bytes that belong to nothing.',
}
