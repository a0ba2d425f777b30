import type { Published } from './published.ts'

/**
 * The umask that the published modes show: npm packs modes as they are on the disk, and a checkout takes from 0666 and
 * 0777 what the umask names. `022` where the files do not agree.
 */
export function umaskOf({ files }: Pick<Published, 'files'>): { umask: string; says: string } {
  const masks = new Map<number, number>()
  for (const { mode } of files) {
    const whole = (mode & 0o111) === 0 ? 0o666 : 0o777
    // Execution is git's to say, so that only reading and writing show the umask.
    const mask = whole & ~mode & 0o666
    masks.set(mask, (masks.get(mask) ?? 0) + 1)
  }
  const [only] = masks.keys()
  if (masks.size !== 1 || only === undefined || (only & 0o600) !== 0) {
    return { umask: '022', says: 'The published modes show no one umask; the usual one is taken.' }
  }
  const umask = asUmask(only)
  return { umask, says: `All ${files.length} files were published with modes that a umask of ${umask} gives.` }
}

/** Where reading is taken from somebody, execution is too. */
function asUmask(mask: number): string {
  const full = mask | ((mask & 0o444) >> 2)
  return full.toString(8).padStart(3, '0')
}
