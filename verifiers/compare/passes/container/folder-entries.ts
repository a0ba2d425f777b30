import type { ContainerPass } from '../pass.ts'

export const folderEntries: ContainerPass = {
  kind: 'container',
  id: 'folder-entries',
  version: 2,
  formats: ['npm', 'wheel', 'sdist', 'crate', 'gem', 'deb', 'jar', 'tar', 'zip', 'ar'],
  causes: ['folder-entries'],
  changes: 'Entries for folders that have files in them on both sides.',
  safe: 'Such a folder is made anyway.',
  never: 'Empty folders; those of what root unpacks, which have the owner and the permissions that the entry says.',
}
