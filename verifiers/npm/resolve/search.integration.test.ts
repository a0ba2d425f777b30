import { createServer, type Server } from 'node:http'
import { afterEach, expect, test } from 'vitest'
import { listen } from '../../../fixtures/services/listen.ts'
import { defaultFetchLimits } from './fetch.ts'
import { type PackagesOf, searchPackages } from './search.ts'

let server: Server
afterEach(() => {
  server.closeAllConnections()
  server.close()
})

type Answer = { status?: number; body: unknown }

async function search(whose: PackagesOf, answer: (query: URLSearchParams) => Answer) {
  server = createServer((request, response) => {
    const { status = 200, body } = answer(new URL(request.url ?? '', 'http://any').searchParams)
    response.writeHead(status).end(typeof body === 'string' ? body : JSON.stringify(body))
  })
  const registry = { registry: `${await listen(server)}/` }
  const limits = { ...defaultFetchLimits, attempts: 1 }
  return await searchPackages(whose, { registry, limits, signal: new AbortController().signal })
}

const found = (name: string, ...users: string[]) => ({
  package: { name, version: '1.0.0', maintainers: users.map((username) => ({ username })) },
})

test('all pages are read, and what is of another scope is left out', async () => {
  const all = [...Array.from({ length: 300 }, (_, index) => found(`@s/p${index}`)), found('@sx/a'), found('s')]
  const asked: string[] = []
  const names = await search({ scope: '@s' }, (query) => {
    const from = Number(query.get('from'))
    asked.push(`${query.get('text')} ${from}`)
    return { body: { objects: all.slice(from, from + Number(query.get('size'))), total: all.length } }
  })
  expect(asked).toEqual(['scope:s 0', 'scope:s 250'])
  expect(names).toHaveLength(300)
  expect(names[0]).toEqual({ name: '@s/p0', version: '1.0.0' })
})

test('of a maintainer only what he maintains, whatever else the search finds', async () => {
  const objects = [
    found('b', 'me', 'other'),
    found('a', 'me'),
    found('c', 'someone'),
    { package: { name: 'd', version: '1' } },
  ]
  const names = await search({ maintainer: 'me' }, () => ({ body: { objects, total: objects.length } }))
  expect(names.map(({ name }) => name)).toEqual(['a', 'b'])
})

test('a registry that counts more than it gives does not make it ask for ever', async () => {
  const names = await search({ scope: 's' }, (query) => ({
    body: { objects: query.get('from') === '0' ? [found('@s/a')] : [], total: 4000 },
  }))
  expect(names).toHaveLength(1)
})

test.each<[string, PackagesOf, Answer, string]>([
  ['no search', { scope: 's' }, { status: 404, body: {} }, 'SEARCH_UNAVAILABLE'],
  ['a search for others', { scope: 's' }, { status: 401, body: {} }, 'REGISTRY_ERROR'],
  ['too many to list', { scope: 's' }, { body: { objects: [found('@s/a')], total: 5001 } }, 'USAGE'],
  ['a web page', { scope: 's' }, { body: '<html>' }, 'REGISTRY_ANSWER_INVALID'],
  ['something else', { scope: 's' }, { body: { objects: 1 } }, 'REGISTRY_ANSWER_INVALID'],
  ['no scope', { scope: '@a/../b' }, { body: {} }, 'USAGE'],
  ['no user', { maintainer: 'a b' }, { body: {} }, 'USAGE'],
])('%s is explained', async (_, whose, answer, code) => {
  await expect(search(whose, () => answer)).rejects.toThrow(expect.objectContaining({ code }))
})
