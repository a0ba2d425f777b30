import { expect, test } from 'vitest'
import { madeTree } from '../../../fixtures/source/tree.ts'
import { writingPrograms } from './job-programs.ts'
import { openReader } from './reader.ts'

const writes = "require('fs').writeFileSync('package.json', '{}')"

async function programs(run: string, files: Record<string, string>, directory = '') {
  const reader = await openReader(madeTree(files), () => false)
  return [...(await writingPrograms(reader, { before: [{ run, directory }] }))]
}

test.each<[string, Parameters<typeof programs>, string[]]>([
  ['a program that writes', ['node tools/strip.cjs', { 'tools/strip.cjs': writes }], ['tools/strip.cjs']],
  [
    'through others, below a folder',
    ['npx tsx --tsconfig=x ../strip.ts', { 'lib/strip.ts': writes }, 'lib/core'],
    ['lib/strip.ts'],
  ],
  ['one that only reads', ['node a.js', { 'a.js': "console.log(require('fs').readFileSync('x'))" }], []],
  [
    'one that publishes',
    ['node a.js', { 'a.js': `${writes}\nrequire('child_process').execSync('npm publish --tag next')` }],
    [],
  ],
  ['one that publishes by words', ['node a.js', { 'a.js': `${writes}\nspawn('npm', ['publish'])` }], []],
  ['one that is not of the source', ['node ../../a.js && node b.js', { 'a.js': writes }], []],
])('of what a job runs before it publishes counts %s', async (_, args, expected) => {
  expect(await programs(...args)).toEqual(expected)
})
