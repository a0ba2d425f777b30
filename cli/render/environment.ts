import type { LockDescription } from '../../verifiers/environment/describe-lock.ts'
import type { WrittenLock } from '../../verifiers/environment/write-locks.ts'
import { bold, dim, green, type Style } from './style.ts'

/** One paragraph for each image. */
export function renderLocks(locks: LockDescription[], style: Style): string {
  return locks.map((lock) => renderHead(lock, style)).join('\n')
}

/** One image, and the packages that it is made of. */
export function renderLock(lock: LockDescription, style: Style): string {
  const width = Math.max(...lock.packages.map(({ name }) => name.length))
  const rows = lock.packages.map(
    ({ name, version, sha256 }) => `  ${name.padEnd(width)}  ${version}  ${dim(sha256, style)}\n`,
  )
  return `${renderHead(lock, style)}\n${rows.join('')}`
}

function renderHead(lock: LockDescription, style: Style): string {
  const { variant, architecture, release, snapshot, suite, packages, downloadSize, digest, rootFolder } = lock
  const megabytes = (downloadSize / 1e6).toFixed(0)
  return [
    bold(`${variant} ${architecture}`, style),
    `  ${digest ?? 'not recorded: this lock was changed, and has to be made anew with "reproof env lock"'}`,
    `  Debian ${release} (${suite}) of ${snapshot}, ${packages.length} packages, ${megabytes} MB to download`,
    `  ${rootFolder === undefined ? dim('not assembled here', style) : `${green('assembled', style)} in ${rootFolder}`}`,
    '',
  ].join('\n')
}

/** What `env lock` has written, with what is new in it. */
export function renderWritten(written: WrittenLock[], style: Style): string {
  return written
    .flatMap(({ file, digest, changes }) => [
      `${bold(file, style)}\n  ${digest}\n`,
      changes.length === 0 ? '  no package has changed\n' : '',
      ...changes.map(({ name, from = 'new', to = 'gone' }) => `  ${name}  ${from} → ${to}\n`),
    ])
    .join('')
}
