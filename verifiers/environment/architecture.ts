import type { Architecture } from '../model/environment.ts'
import { Problem } from '../model/problem.ts'

/**
 * Debian's name of the architecture that Node calls `arch`.
 *
 * @throws {Problem} ARCHITECTURE_UNSUPPORTED when there is no lock for it
 */
export function hostArchitecture(arch: string): Architecture {
  if (arch === 'x64') return 'amd64'
  if (arch === 'arm64') return 'arm64'
  throw new Problem('ARCHITECTURE_UNSUPPORTED', `There is no base image for the architecture ${arch}.`, {
    hint: 'Run it on a machine with an x86-64 or an ARM64 processor.',
  })
}
