import { createHash } from 'node:crypto'
import { expect, test } from 'vitest'
import { assertConsistent, expectedOf, isStrong, meets, requirementOf } from './integrity.ts'

const bytes = Buffer.from('a package')
const hex = (algorithm: string) => createHash(algorithm).update(bytes).digest('hex')
const sri = (algorithm: string) => `${algorithm}-${createHash(algorithm).update(bytes).digest('base64')}`
const content = { size: bytes.length, digests: { sha1: hex('sha1'), sha256: hex('sha256'), sha512: hex('sha512') } }

test.each([
  [sri('sha512'), { algorithm: 'sha512', values: [hex('sha512')] }],
  [`${sri('sha1')} ${sri('sha512')}`, { algorithm: 'sha512', values: [hex('sha512')] }],
  [sri('sha1'), { algorithm: 'sha1', values: [hex('sha1')] }],
  [`sha512-AAAA ${sri('sha512')}`, { algorithm: 'sha512', values: ['000000', hex('sha512')] }],
  [`${sri('sha512')}?option`, { algorithm: 'sha512', values: [hex('sha512')] }],
])('the strongest digest of %s counts', (integrity, requirement) => {
  const found = requirementOf('lockfile', integrity)
  expect(found).toEqual({ by: 'lockfile', ...requirement })
  expect(found && meets(content, [found])).toBe(true)
})

test.each([undefined, '', 'nonsense', 'md5-AAAA', 'sha512-'])('%j declares nothing', (integrity) => {
  expect(requirementOf('lockfile', integrity)).toBeUndefined()
})

test('other bytes do not meet it', () => {
  const requirement = requirementOf('registry', 'sha512-AAAA')
  expect(requirement && meets(content, [requirement])).toBe(false)
})

test('several digests are all expected at once, but alternatives are not', () => {
  const found = [requirementOf('lockfile', sri('sha1')), requirementOf('registry', `sha512-AAAA ${sri('sha512')}`)]
  const requirements = found.filter((requirement) => requirement !== undefined)
  expect(expectedOf(requirements)).toEqual({ sha1: hex('sha1') })
  expect(requirements.map(isStrong)).toEqual([false, true])
})

test('a lockfile and a registry that contradict each other are a mismatch before anything is fetched', () => {
  const one = { by: 'lockfile', algorithm: 'sha1', values: ['aa'] } as const
  const other = { by: 'registry', algorithm: 'sha1', values: ['bb'] } as const
  const both = [one, other].map((each) => ({ ...each, values: [...each.values] }))
  expect(() => assertConsistent(both, 'a@1')).toThrow(
    expect.objectContaining({ code: 'DEPENDENCY_INTEGRITY_MISMATCH' }) as Error,
  )
})
