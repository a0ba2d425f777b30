import type { ContainerPass } from '../pass.ts'

export const entryOrder: ContainerPass = {
  kind: 'container',
  id: 'entry-order',
  version: 4,
  formats: ['npm', 'wheel', 'sdist', 'crate', 'gem', 'deb', 'jar', 'tar', 'zip'],
  causes: ['order'],
  changes: 'The order of the entries.',
  safe: 'Each entry is unpacked to a place of its own; what installs a jar, a wheel or a package looks for its entries by name.',
  never:
    'Archives with two entries for one place, with names that are one file on some systems, with links that npm would meet, and the members of a Debian package or a static library; whether the manifest of a jar comes first, a file before the hard links to it, and what a layer takes away before what it adds there or below.',
}
