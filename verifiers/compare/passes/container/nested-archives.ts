import type { ContainerPass } from '../pass.ts'

export const nestedArchives: ContainerPass = {
  kind: 'container',
  id: 'nested-archives',
  version: 3,
  formats: ['npm', 'wheel', 'sdist', 'crate', 'gem', 'deb', 'jar', 'tar', 'zip', 'ar'],
  causes: ['nested-archive'],
  changes:
    'An archive within the archive is compared by its contents. But for the members of a Debian package or a gem the verdict is `equivalent` at best.',
  safe: 'Its name and its first bytes both say that it is an archive, and what reads it as one gets the same contents.',
  never:
    'Files whose name is not that of an archive, archives that are deeper than five levels, and whatever is behind, before or between their entries.',
}
