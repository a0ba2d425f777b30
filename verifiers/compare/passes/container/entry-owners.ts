import type { ContainerPass } from '../pass.ts'

export const entryOwners: ContainerPass = {
  kind: 'container',
  id: 'entry-owners',
  version: 2,
  formats: ['npm', 'wheel', 'sdist', 'crate', 'gem', 'deb', 'jar', 'tar', 'zip', 'ar'],
  causes: ['owners'],
  changes: 'Numbers and names of users and groups.',
  safe: 'What is installed belongs to the user who installs it.',
  never: 'setuid, setgid and sticky bits.',
  entry: { noun: 'owner', noteOf: ({ owner }) => owner },
}
