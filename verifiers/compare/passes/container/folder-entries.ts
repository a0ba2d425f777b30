import type { ContainerPass } from '../pass.ts'

export const folderEntries: ContainerPass = {
  kind: 'container',
  id: 'folder-entries',
  version: 1,
  formats: ['npm', 'wheel', 'sdist', 'crate', 'gem', 'deb', 'jar', 'tar', 'zip', 'ar'],
  causes: ['folder-entries'],
  changes: 'Entries for folders that have files in them on both sides.',
  safe: 'Such a folder is made anyway.',
  never: 'Empty folders.',
}
