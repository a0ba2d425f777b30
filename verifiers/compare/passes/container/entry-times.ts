import type { ArchiveEntry } from '../../entry.ts'
import type { ContainerPass } from '../pass.ts'

export const entryTimes: ContainerPass = {
  kind: 'container',
  id: 'entry-times',
  version: 3,
  formats: ['npm', 'wheel', 'sdist', 'crate', 'gem', 'deb', 'jar', 'tar', 'zip', 'ar'],
  causes: ['times'],
  changes: 'Modification times, in headers, PAX records and extra fields.',
  safe: 'What programs are known to decide by times is looked at by itself.',
  never:
    'Records that are not a time; times by which a file is older than what it is made from, or a compiled module of Python counts, on one side only.',
  entry: { noun: 'modification time', noteOf },
}

/** A zip archive can say two times, of which programs take either. */
function noteOf({ mtime, notes }: ArchiveEntry): string {
  return notes === undefined || notes.time === mtime ? mtime : `${mtime}, ${notes.time}`
}
