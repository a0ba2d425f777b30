import { constants, openSync, readdirSync } from 'node:fs'
import { readdir, readFile } from 'node:fs/promises'
import { Socket } from 'node:net'
import type { Readable } from 'node:stream'
import { outputDescriptor } from './init.ts'
import { readProcessFile } from './processes.ts'

/** bubblewrap has one child, the first process of the sandbox: proc_pid_children(5), which not every kernel has. */
export async function onlyChildOf(client: number): Promise<number | undefined> {
  const children = await readFile(`/proc/${client}/task/${client}/children`, 'latin1').catch(() => undefined)
  if (children !== undefined) return Number.parseInt(children, 10) || undefined
  for (const name of await readdir('/proc')) {
    const status = await readFile(`/proc/${name}/stat`, 'latin1').catch(() => '')
    if (new RegExp(`\\) . ${client} `).test(status)) return Number(name)
  }
  return undefined
}

/** Descriptors that reproof was started with and that a process started by it would have as well: fcntl(2), FD_CLOEXEC. */
export function inheritedDescriptors(): number[] {
  const descriptors = readdirSync('/proc/self/fdinfo').map(Number)
  return descriptors.filter((descriptor) => {
    if (descriptor <= 2) return false
    const flags = /^flags:\s+([0-7]+)/m.exec(readProcessFile(`/proc/self/fdinfo/${descriptor}`))?.[1]
    return flags !== undefined && (Number.parseInt(flags, 8) & closeOnExec) === 0
  })
}
const closeOnExec = 0o2000000

/** The reading end of the pipe that the first process made: opening it through /proc gives it to us as well. */
export function openPipe(first: number): Readable {
  const { O_RDONLY, O_NONBLOCK } = constants
  const descriptor = openSync(`/proc/${first}/fd/${outputDescriptor}`, O_RDONLY | O_NONBLOCK)
  return new Socket({ fd: descriptor, readable: true, writable: false })
}
