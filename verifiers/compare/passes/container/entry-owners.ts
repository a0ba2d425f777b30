import type { ContainerPass } from '../pass.ts'

export const entryOwners: ContainerPass = {
  kind: 'container',
  id: 'entry-owners',
  version: 4,
  formats: ['npm', 'wheel', 'sdist', 'crate', 'gem', 'jar', 'tar', 'zip', 'ar'],
  causes: ['owners'],
  changes: 'Numbers and names of users and groups.',
  safe: 'What a package manager of a language installs belongs to the user who installs it.',
  never:
    'setuid, setgid and sticky bits; owners for all entries at once, and those on which a header and its extension disagree; what a Debian package, a layer of an image or a file system holds, which root unpacks as it says; which bare tar archives are taken for one, docs/severity.md says.',
  entry: { noun: 'owner', noteOf: ({ owner }) => owner },
}
