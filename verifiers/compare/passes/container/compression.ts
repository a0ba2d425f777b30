import type { ContainerPass } from '../pass.ts'

export const compression: ContainerPass = {
  kind: 'container',
  id: 'compression',
  version: 3,
  formats: ['npm', 'wheel', 'sdist', 'crate', 'gem', 'deb', 'jar', 'tar', 'zip', 'ar'],
  causes: ['compression', 'gzip-file-name', 'compression-name'],
  changes:
    'The compression around an archive is undone: which one it is, how hard it tried, time, system and file name in its header, and how its data is encoded.',
  safe: 'Whoever unpacks the file gets the same bytes.',
  never:
    'A second member, stream or frame, frames that are skipped, bytes behind the last one, extra fields, comments, wrong checksums; of a file that is no archive a name in its header that is not its own.',
}
