import { expect, test } from 'vitest'
import { parseBuildManifest } from './manifest.ts'
import { mayInstall } from './nested-install.ts'

function installs(run: string, scripts: Record<string, string> = {}): boolean {
  const manifest = parseBuildManifest(JSON.stringify({ scripts }))
  if (!manifest) throw new Error('no manifest')
  const step = { run, cwd: '', from: '', says: '' }
  const found = mayInstall(step, [{ directory: '', manifest }])
  if (found.installs === undefined) expect(found).toBe(step)
  return found.installs ?? false
}

test.each<[string, Record<string, string>]>([
  ['npm run prepublishOnly', { prepublishOnly: 'cd cli && npm install && cd .. && npm run build' }],
  ['npm run a', { a: 'npm run b', b: 'npm --prefix cli ci' }],
  ['npm run a', { prea: 'yarn --cwd lib', a: 'tsc' }],
  ['run-s build:*', { 'build:cli': 'pnpm -C cli i' }],
  ['export PATH="$PWD/node_modules/.bin:$PATH"\nnpm install -g typescript && tsc', {}],
])('%j with %j installs something', (run, scripts) => {
  expect(installs(run, scripts)).toBe(true)
})

test.each<[string, Record<string, string>]>([
  ['npm run build', { build: 'tsc', other: 'npm install' }],
  ['npm run install-hooks', { 'install-hooks': 'husky' }],
  ['yarn build', { build: 'rollup -c' }],
  ['echo npm install', {}],
  ['yarn --version', {}],
])('%j with %j does not', (run, scripts) => {
  expect(installs(run, scripts)).toBe(false)
})
