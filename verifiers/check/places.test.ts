import { expect, test } from 'vitest'
import { madeTree } from '../../fixtures/source/tree.ts'
import type { Recipe } from '../model/recipe.ts'
import type { Blamed } from './causes-of-variation.ts'
import { buildFiles, placesFor } from './places.ts'

const recipe = (directory = '', run = 'npm run build') =>
  ({ source: { directory }, steps: [{ phase: 'build', run, cwd: directory }] }) as unknown as Recipe

async function placesIn(blamed: Blamed, files: Record<string, string>, directory = '') {
  const found = placesFor([blamed], await buildFiles(madeTree(files), recipe(directory)))
  return found.map(({ file, line }) => `${file}:${line}`)
}

const manifest = (scripts: Record<string, string>) => JSON.stringify({ name: 'a', scripts }, null, 2)

test.each<[Blamed, string]>([
  ['clock', 'const banner = `built ${new Date().toISOString()}`'],
  ['clock', "banner: '<%= moment().format() %>'"],
  ['clock', 'echo "built $(date -u)" > dist/built'],
  ['clock', 'const t = new Date'],
  ['timezone', 'write(new Date(epoch).toLocaleDateString())'],
  ['locale', 'names.sort((a, b) => a.localeCompare(b))'],
  ['umask', 'process.umask()'],
  ['user', 'const { USER } = process.env'],
  ['user', "const user = process.env['USER']"],
  ['home', 'cp $HOME/.config dist'],
  ['hostname', 'os.hostname()'],
  ['hostname', 'echo `hostname` > dist/host'],
  ['path', 'root: process.cwd()'],
  ['path', 'fileURLToPath(import.meta.url)'],
  ['processors', 'const workers = os.cpus().length'],
  ['order', 'for await (const entry of await opendir("src"))'],
  ['terminal', 'process.stdout.columns'],
  ['ci', 'sourcemap: !process.env.CI,'],
  ['ci', "import { isCI } from 'ci-info'"],
  ['variables', 'process.env.BUILD_NUMBER'],
  ['nothing', 'const id = Math.random()'],
  ['nothing', 'await Promise.all(names.map(async (name) => list.push(await read(name))))'],
])('%s: %s', async (blamed, line) => {
  const files = {
    'package.json': manifest({ build: 'node scripts/build.mjs' }),
    'scripts/build.mjs': `import fs from 'node:fs'\n\n${line}\n`,
  }
  expect((await placesIn(blamed, files))[0]).toBe('scripts/build.mjs:3')
})

test('a line that only might have to do with it says nothing beside one that does', async () => {
  const files = {
    'package.json': manifest({ build: 'rollup -c' }),
    'rollup.config.mjs': 'const date = read()\nbanner: new Date()\n',
  }
  expect(await placesIn('clock', files)).toEqual(['rollup.config.mjs:2'])
})

test('of what is imported too, of the folders above, and not of comments, tests and dependencies', async () => {
  const files = {
    'package.json': manifest({}),
    'packages/a/package.json': manifest({ build: 'node ../../tools/build.js' }),
    'tools/build.js': "require('../shared/stamp')\n// new Date()\n",
    'shared/stamp.js': 'exports.now = Date.now()\n',
    'test/build.js': 'Date.now()\n',
    'node_modules/b/rollup.config.js': 'Date.now()\n',
    'packages/a/vite.config.ts': 'define: { now: Date.now() }\n',
  }
  expect(await placesIn('clock', files, 'packages/a')).toEqual(
    ['packages/a/vite.config.ts:1', 'shared/stamp.js:1'].sort(),
  )
})

test('what the build writes anew shows it, and is not why', async () => {
  const files = {
    'package.json': manifest({ build: 'rollup -c && uglifyjs dist/a.js -o dist/a.min.js' }),
    'rollup.config.js': "const banner = createBanner({ name: 'a' })\n",
    'dist/a.js': 'var now = new Date()\n',
  }
  const found = placesFor(['clock'], await buildFiles(madeTree(files), recipe()), new Set(['dist/a.js']))
  expect(found.map(({ file, line }) => `${file}:${line}`)).toEqual(['rollup.config.js:1'])
})

test('a script of package.json is a place, and its dependencies are none', async () => {
  const text = manifest({ build: 'echo $(date) > built' }).replace('"name"', '"dependencies": {"date": "*"},\n"name"')
  expect(await placesIn('clock', { 'package.json': text })).toEqual(['package.json:5'])
})

test('a line without end takes no time', async () => {
  const files = { 'package.json': manifest({}), 'webpack.config.js': `${'{'.repeat(1_000_000)}\n${'['.repeat(1999)}\n` }
  expect(await placesIn('ci', files)).toEqual([])
})
