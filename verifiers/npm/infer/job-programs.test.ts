import { expect, test } from 'vitest'
import { madeTree } from '../../../fixtures/source/tree.ts'
import { publishingPrograms, writingPrograms } from './job-programs.ts'
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

test.each<[string, boolean]>([
  ["execSync('pnpm publish -r --access public')", true],
  ['await $`pnpm -r publish --no-git-checks --tag ${tag}`', true],
  ["run('pnpm', ['publish', '--tag', tag])", true],
  ['execSync(`yarn npm publish`)', true],
  ["execSync('npm run build')\nlog('now run npm and then publish')", false],
  ["const publish = 'publish'", false],
])('whether a program publishes is seen by what it runs: %s', async (text, expected) => {
  const reader = await openReader(madeTree({ 'scripts/publish.ts': text, 'scripts/make.ts': text }), () => false)
  const run = 'tsx scripts/publish.ts && tsx scripts/make.ts && tsx scripts/publish-it.ts'
  const found = await publishingPrograms(reader, [{ run, directory: '' }])
  expect([...found]).toEqual(expected ? ['scripts/publish.ts'] : [])
})
