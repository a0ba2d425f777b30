import { expect, test } from 'vitest'
import { isForOthers, machinesOfConditions, machinesSchema } from './machines.ts'

test.each([
  ['os=linux & cpu=x64 & libc=glibc', { os: ['linux'], cpu: ['x64'], libc: ['glibc'] }],
  ['(os=darwin | os=linux) & cpu=arm64', { os: ['darwin', 'linux'], cpu: ['arm64'], libc: [] }],
  ['os=linux & node=18', undefined],
  ['', undefined],
])('the conditions %s of yarn', (conditions, machines) => {
  expect(machinesOfConditions(conditions)).toEqual(machines)
})

test.each([
  [{}, false],
  [{ os: ['linux'], cpu: ['x64'], libc: ['glibc'] }, false],
  [{ os: ['linux'], libc: ['musl'] }, true],
  [{ os: ['darwin', 'linux'], cpu: ['arm64'] }, true],
  [{ os: '!linux' }, true],
  [{ os: ['!win32'], cpu: ['any'] }, false],
  [{ os: 5, cpu: [{}] }, false],
])('a package for %j is for others than Linux on x64 with glibc: %s', (said, others) => {
  expect(isForOthers(machinesSchema.parse(said), 'x64')).toBe(others)
})
