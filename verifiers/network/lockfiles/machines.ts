import { z } from 'zod'

/**
 * The machines that a package is for, as its package.json says it; `!` excludes one.
 * https://docs.npmjs.com/cli/v11/configuring-npm/package-json#os
 */
export type Machines = { os: string[]; cpu: string[]; libc: string[] }

const words = z
  .union([z.string(), z.array(z.string().max(64)).max(64)])
  .transform((value) => [value].flat())
  .catch([])

export const machinesSchema = z.object({ os: words.default([]), cpu: words.default([]), libc: words.default([]) })

/** `os=linux & cpu=x64 & (libc=glibc | libc=musl)`, as yarn berry writes it; undefined where it is anything else. */
export function machinesOfConditions(conditions: string): Machines | undefined {
  const machines: Machines = { os: [], cpu: [], libc: [] }
  for (const part of conditions.split(' & ')) {
    for (const term of part.replace(/^\((.*)\)$/, '$1').split(' | ')) {
      const [, field, value] = /^(os|cpu|libc)=(!?[\w.-]{1,64})$/.exec(term) ?? []
      if (field === undefined || value === undefined) return undefined
      machines[field as keyof Machines].push(value)
    }
  }
  return machines
}

export function isForAll({ os, cpu, libc }: Machines): boolean {
  return os.length + cpu.length + libc.length === 0
}

/** Whether package managers pass it by where builds run: on Linux with glibc. */
export function isForOthers({ os, cpu, libc }: Machines, arch: string): boolean {
  return excludes(os, 'linux') || excludes(cpu, arch) || excludes(libc, 'glibc')
}

function excludes(said: readonly string[], own: string): boolean {
  if (said.includes(`!${own}`)) return true
  const wanted = said.filter((word) => !word.startsWith('!'))
  return wanted.length > 0 && !wanted.includes(own) && !wanted.includes('any')
}
