import type { ContainerPass } from '../pass.ts'

export const archiveComment: ContainerPass = {
  kind: 'container',
  id: 'archive-comment',
  version: 2,
  formats: ['wheel', 'jar', 'zip'],
  causes: ['archive-comment'],
  changes: 'A comment of the archive of at most 128 characters, in words, or the commit that git archive writes.',
  safe: 'No program unpacks it.',
  never:
    'Comments that are long or no plain text, or have an address, a command, code, data or the end of another archive in them.',
}
