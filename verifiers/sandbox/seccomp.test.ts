import { describe, expect, test } from 'vitest'
import { seccompProfile, seccompProgram } from './seccomp.ts'

const allowed = 0x7fff0000
const errno = (number: number) => 0x00050000 | number

/** Runs a classic BPF program over struct seccomp_data, as the kernel does with the instructions that are used here. */
function decide(program: Uint8Array, call: { number: number; architecture: number; argument?: number }): number {
  const { number, architecture, argument = 0 } = call
  const memory = new Map([
    [0, number],
    [4, architecture],
    [16, argument],
  ])
  const code = Buffer.from(program)
  let accumulator = 0
  for (let at = 0; at < code.length; at += 8) {
    const constant = code.readUInt32LE(at + 4)
    const jump = (condition: boolean) => (at += 8 * code.readUInt8(at + (condition ? 2 : 3)))
    switch (code.readUInt16LE(at)) {
      case 0x20:
        accumulator = memory.get(constant) ?? 0
        break
      case 0x15:
        jump(accumulator === constant)
        break
      case 0x35:
        jump(accumulator >= constant)
        break
      case 0x45:
        jump((accumulator & constant) !== 0)
        break
      case 0x06:
        return constant
      default:
        throw new Error('unknown instruction')
    }
  }
  throw new Error('the program has no end')
}

describe.each([
  {
    name: 'x64' as const,
    architecture: 0xc000003e,
    read: 0,
    mount: 165,
    clone: 56,
    clone3: 435,
    keyctl: 250,
    vhangup: 153,
  },
  {
    name: 'arm64' as const,
    architecture: 0xc00000b7,
    read: 63,
    mount: 40,
    clone: 220,
    clone3: 435,
    keyctl: 219,
    vhangup: 58,
  },
])('the filter for $name', ({ name, architecture, ...numbers }) => {
  const program = seccompProgram(name)

  test.each([
    ['reading', numbers.read, 0, allowed],
    ['mounting', numbers.mount, 0, errno(1)],
    ['keyrings', numbers.keyctl, 0, errno(1)],
    ['the last of the table', numbers.vhangup, 0, errno(1)],
    ['clone3, for clone to be used instead', numbers.clone3, 0, errno(38)],
    ['a process', numbers.clone, 17, allowed],
    ['a thread', numbers.clone, 0x3d0f00, allowed],
    ['a process in a user namespace', numbers.clone, 0x10000011, errno(1)],
    ['a process in a network namespace', numbers.clone, 0x40000011, errno(1)],
    ['a number that no kernel has', 9999, 0, allowed],
  ])('decides about %s', (_, number, argument, decision) => {
    expect(decide(program, { number, architecture, argument })).toBe(decision)
  })

  test('refuses the calls of other architectures, whose numbers it does not know', () => {
    expect(decide(program, { number: numbers.read, architecture: 0x40000003 })).toBe(errno(38))
    expect(decide(program, { number: 0x40000000 | numbers.read, architecture })).toBe(errno(38))
  })
})

test('the profile for containers refuses the same calls', () => {
  const { defaultAction, syscalls } = JSON.parse(seccompProfile())
  expect(defaultAction).toBe('SCMP_ACT_ALLOW')
  expect(syscalls[0]).toMatchObject({ action: 'SCMP_ACT_ERRNO', errnoRet: 1 })
  expect(syscalls[0].names).toEqual(expect.arrayContaining(['mount', 'keyctl', 'bpf', 'vhangup']))
  expect(syscalls.at(-1)).toEqual({ names: ['clone3'], action: 'SCMP_ACT_ERRNO', errnoRet: 38 })
})
