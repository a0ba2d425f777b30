import type { ContainerPass } from '../pass.ts'

export const entryPermissions: ContainerPass = {
  kind: 'container',
  id: 'entry-permissions',
  version: 4,
  formats: ['npm', 'wheel', 'sdist', 'crate', 'gem', 'jar', 'tar', 'zip', 'ar'],
  causes: ['permissions'],
  changes: 'Read and write permissions, and those of folders.',
  safe: 'They say who may read the content, not what it is; npm and pip set them anew.',
  never:
    'Executable, setuid, setgid and sticky bits of files; what a gem, a Debian package, a layer of an image or a file system holds, which root unpacks as it says; which bare tar archives are taken for one, docs/severity.md says.',
  entry: {
    noun: 'read and write permissions',
    noteOf: ({ type, mode }) => (mode & (type === 'directory' ? 0o777 : 0o666)).toString(8),
  },
}
