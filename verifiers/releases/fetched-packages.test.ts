import { expect, test } from 'vitest'
import { traceContext } from '../../fixtures/honest/trace-context.ts'
import { packed } from '../../fixtures/releases/registry.ts'
import { fetchedPackages, wordsOf } from './fetched-packages.ts'

const code = 'exports.intrinsic = (expression) => evaluated(expression).constructor\n'
const other = Array.from({ length: 200 }, (_, index) => `exports.unrelated${index} = something${index}\n`).join('')

test('the package that words are from comes before those that have bundled it', async () => {
  const made = (name: string, text: string) =>
    packed({ manifest: { name, version: '1.0.0' }, files: { 'index.js': text } })
  const { rebuild, readFetched } = traceContext({
    fetched: {
      'pkg:npm/bundling@1.0.0': made('bundling', `${other}${code}exports.bundledWord = constructorOfMine\n`),
      'pkg:npm/intrinsic@1.0.0': made('intrinsic', code),
      'pkg:npm/another@1.0.0': made('another', other),
    },
  })
  const words = new Set([...wordsOf(code), 'bundledWord'])
  const { owners } = await fetchedPackages(words, rebuild.exchanges, {
    readFetched,
    signal: AbortSignal.timeout(60_000),
  })
  expect(owners.map(({ name }) => name).slice(0, 2)).toEqual(['intrinsic', 'bundling'])
})
