import { expect, test } from 'vitest'
import { Problem, type ProblemCode } from './model/problem.ts'
import type { Exchange } from './model/rebuild.ts'
import { withUnavailable } from './unavailable-dependencies.ts'

const at = '2026-01-01T00:00:00.000Z'

function asked(url: string, problem?: ProblemCode, method = 'GET'): Exchange {
  const from = problem === 'NETWORK_REFUSED' ? 'refused' : 'network'
  return { at, method, url, status: problem ? 404 : 200, size: 0, from, ...(problem && { problem, reason: 'Gone.' }) }
}

const file = 'https://registry.example.test/a/-/a-1.0.0.tgz'
const failure = new Problem('STEP_FAILED', 'The install step ended with exit code 1: npm ci', {
  details: { exitCode: 1 },
})

test.each<[string, Exchange]>([
  ['a file that the registry does not have', asked(file, 'VERSION_NOT_FOUND')],
  ['a package that it does not have', asked(file, 'PACKAGE_NOT_FOUND')],
  ['another registry, which nobody has named', asked(file, 'NETWORK_REFUSED')],
])('an installation that fails and asked for %s is told by that', (_, exchange) => {
  const problem = withUnavailable(failure, [asked('https://registry.example.test/b'), exchange, exchange])
  expect(problem).toMatchObject({
    code: 'DEPENDENCY_UNAVAILABLE',
    details: { exitCode: 1, unavailable: [`${file} (Gone.)`] },
    cause: failure,
  })
  expect(problem.message).toContain(`It could not have ${file} (Gone.).`)
})

test.each<[string, Exchange, boolean]>([
  ['a package that the registry does not know', asked(file, 'PACKAGE_NOT_FOUND'), true],
  ['a version that it does not have', asked(file, 'VERSION_NOT_FOUND'), false],
])('of %s it is said whether another moment may have it', (_, exchange, unknown) => {
  expect(withUnavailable(failure, [exchange]).details.unknownPackages !== undefined).toBe(unknown)
})

test('packages that the registry does not know are named, each once, by its document or a file', () => {
  const urls = ['https://registry.example.test/@a%2fb', 'https://registry.example.test/c', file]
  const exchanges = [...urls, ...urls].map((url) => asked(url, 'PACKAGE_NOT_FOUND'))
  expect(withUnavailable(failure, exchanges).details.unknownPackages).toEqual(['@a/b', 'c', 'a'])
})

test.each<[string, Exchange[]]>([
  ['got all of it', [asked(file)]],
  ['got it in the end', [asked(file, 'VERSION_NOT_FOUND'), asked(file)]],
  ['had a registry that does not answer', [asked(file, 'REGISTRY_UNREACHABLE')]],
  ['was kept from writing to one', [asked(file, 'NETWORK_REFUSED', 'PUT')]],
])('one that %s failed by itself', (_, exchanges) => {
  expect(withUnavailable(failure, exchanges)).toBe(failure)
})

test('one that took too long is not told otherwise', () => {
  const late = new Problem('STEP_TIMED_OUT', 'It took too long.')
  expect(withUnavailable(late, [asked(file, 'VERSION_NOT_FOUND')])).toBe(late)
})
