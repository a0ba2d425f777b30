import { execFileSync } from 'node:child_process'
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { madeTree } from '../../../fixtures/source/tree.ts'
import { editedInstall } from './edited-install.ts'
import { lowestEdit } from './lowest-install.ts'
import { parseBuildManifest } from './manifest.ts'
import { neededByBuild, neededEdit } from './needed-install.ts'
import { openReader } from './reader.ts'

async function needed(
  scripts: Record<string, string>,
  names: string[],
  files: Record<string, string> = {},
  options: { compiles?: boolean } = {},
) {
  const devDependencies = Object.fromEntries(names.map((name) => [name, '1.0.0']))
  const manifest = parseBuildManifest(JSON.stringify({ scripts, devDependencies }))
  if (!manifest) throw new Error('no manifest')
  const own = { directory: '', manifest }
  const reader = await openReader(madeTree(files), () => false)
  const step = { run: 'npm run prepack', cwd: '', from: '', says: '' }
  return await neededByBuild(reader, { own, root: own }, [step], options)
}

test.each<[string, Parameters<typeof needed>, string[]]>([
  [
    'a program is called as its package is',
    [{ prepack: 'npmignore --auto', test: 'tape test' }, ['npmignore', 'tape', 'eslint']],
    ['npmignore'],
  ],
  [
    'scripts that it runs, and what their arguments name',
    [
      {
        prepack: 'npm run dist',
        dist: 'browserify -g unassertify -g [@browserify/envify -x] -p collapser/plugin a.js',
      },
      ['browserify', 'unassertify', '@browserify/envify', 'collapser', '@ljharb/eslint-config', 'nyc'],
    ],
    ['browserify', 'unassertify', '@browserify/envify', 'collapser'],
  ],
  [
    'plugins and presets of what writes documents, which its settings name by halves',
    [{ prepack: 'tsc && remark . -qfo' }, ['remark-cli', 'remark-preset-wooorm', 'tape']],
    ['remark-cli', 'remark-preset-wooorm'],
  ],
  [
    'compilers that are called otherwise, and types',
    [{ prepack: 'tsc -p .' }, ['typescript', '@types/node', 'mocha']],
    ['typescript', '@types/node'],
  ],
  [
    'TypeScript, which bundlers load by themselves, and what the source asks for, which they take in',
    [
      { prepack: 'tsup' },
      ['tsup', 'typescript', '@kit/instrument', 'klona', 'util', 'chai', 'sinon', 'jest'],
      {
        'src/index.ts': "import { instrument } from '@kit/instrument'\nimport { klona } from 'klona/json'\n",
        'src/long.ts': `import${' '.repeat(250_000)}`,
        'src/index.test.ts': "import 'chai'\n",
        'src/__mocks__/http.js': "require('sinon')\n",
        'test/all.js': "require('jest')\n",
      },
    ],
    ['tsup', 'typescript', '@kit/instrument', 'klona', 'util'],
  ],
  [
    'what is run before and after a script',
    [
      {
        prepack: 'npm run compile',
        compile: 'tsc',
        precompile: 'rimraf build',
        postcompile: 'npm run cjs',
        cjs: 'rollup -c',
      },
      ['typescript', 'rimraf', 'rollup', 'mocha'],
    ],
    ['typescript', 'rimraf', 'rollup'],
  ],
  [
    'what programs of the source ask for, also through others',
    [
      { prepack: 'node operations/spackle 1 && node --no-warnings tools/unicode.mjs' },
      ['eslint', '@unicode/unicode-15.0.0', 'semver', 'mocha', 'nyc'],
      {
        'operations/spackle.js': "const { ESLint } = require('eslint')\nconst years = require('./years')",
        'operations/years/index.js': "module.exports = require( 'semver/functions/gt' )",
        'tools/unicode.mjs':
          "import C from '@unicode/unicode-15.0.0/Case_Folding/C/symbols.js'\nimport '../operations/years'",
        'test/index.js': "require('mocha')",
      },
    ],
    ['eslint', '@unicode/unicode-15.0.0', 'semver'],
  ],
  [
    'what configures it',
    [
      { prepack: 'rollup -c' },
      ['rollup', '@rollup/plugin-terser', 'karma'],
      { 'rollup.config.mjs': "import terser from '@rollup/plugin-terser'" },
    ],
    ['rollup', '@rollup/plugin-terser'],
  ],
  [
    'what configures it and is no program, by short names, too',
    [
      { prepack: 'rollup -c' },
      ['rollup', '@babel/preset-env', 'babel-plugin-transform-x', 'babel-plugin-istanbul', '@tsconfig/node18', 'gts'],
      {
        '.babelrc': '{"presets":["@babel/env"],"plugins":["transform-x"]}',
        'tsconfig.json': '{"extends":["@tsconfig/node18/tsconfig.json","./node_modules/gts/tsconfig-google.json"]}',
        'test/.babelrc': '{"plugins":["istanbul"]}',
      },
    ],
    ['rollup', '@babel/preset-env', 'babel-plugin-transform-x', '@tsconfig/node18', 'gts'],
  ],
  [
    'nothing that configures what only checks',
    [
      { prepack: 'rollup -c' },
      ['rollup', 'mocha', 'ts-jest'],
      { '.eslintrc.js': 'module.exports = { env: { mocha: true } }', 'jest.config.ts': "export default 'ts-jest'" },
    ],
    ['rollup'],
  ],
  ['names of what every object has', [{ prepack: 'constructor toString' }, ['rollup']], []],
])('of what a project is developed with its build needs what it names: %s', async (_, args, expected) => {
  expect(await needed(...args)).toEqual(expected)
})

test('only those are installed, in their lowest versions where that is asked for, and package.json is as it was afterwards', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'reproof-needed-'))
  const work = join(folder, 'work')
  await mkdir(work)
  const text = JSON.stringify({ dependencies: { z: '1' }, devDependencies: { '-e': '1', '@a/b': '^2.1.3', c: '3' } })
  await writeFile(join(work, 'package.json'), text)
  const run = editedInstall('cp package.json ..', [neededEdit(['-e', '@a/b']), lowestEdit])
  execFileSync('/bin/sh', ['-eu', '-c', run], { cwd: work, env: { ...process.env, HOME: folder } })
  expect(await readFile(join(work, 'package.json'), 'utf8')).toBe(text)
  const installed = JSON.parse(await readFile(join(folder, 'package.json'), 'utf8'))
  expect(installed).toEqual({ dependencies: { z: '1' }, devDependencies: { '-e': '~1.0.0', '@a/b': '~2.1.3' } })
  await rm(folder, { recursive: true })
})

test('types are needed where something compiles', async () => {
  const scripts = { prepack: 'npmignore --auto' }
  const names = ['npmignore', '@types/node']
  expect(await needed(scripts, names)).toEqual(names)
  expect(await needed(scripts, names, {}, { compiles: false })).toEqual(['npmignore'])
})
