/** Since 1970, of a time as an entry has it; of one without a zone as if it were in UTC. NaN where there is none. */
export function secondsOf(mtime: string): number {
  if (/^-?\d+(?:\.\d+)?$/.test(mtime)) return Number(mtime)
  return Date.parse(`${mtime.replace(' ', 'T')}Z`) / 1000
}
