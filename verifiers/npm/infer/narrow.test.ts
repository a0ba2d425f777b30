import { expect, test } from 'vitest'
import { parseBuildManifest } from './manifest.ts'
import { narrowed } from './narrow.ts'

function narrow(run: string, scripts: Record<string, string>, cwd = '', nx?: string): string | undefined {
  const manifest = parseBuildManifest(JSON.stringify({ scripts }))
  if (!manifest) throw new Error('no manifest')
  const named = { name: '@s/a', nx: nx === undefined ? undefined : { name: nx } }
  return narrowed({ run, cwd, from: '', says: '' }, { directory: '', manifest }, named)?.run.split('\n').at(-1)
}

test.each<[string, string, string | undefined]>([
  ['turbo', 'turbo run build', 'turbo run build --filter=@s/a'],
  ['turbo with a filter', 'turbo build --filter="./packages/*" --force', 'turbo build --force --filter=@s/a'],
  ['nx', 'nx run-many --target=build --exclude=examples/**', 'nx run-many --target=build --projects=@s/a'],
  ['nx through yarn', 'yarn nx run-many -t build', 'nx run-many -t build --projects=@s/a'],
  ['a script called as a task runner', 'pnpm turbo run x', undefined],
  ['lerna', 'lerna run build --ignore docs', 'lerna run build --scope=@s/a --include-dependencies'],
  ['pnpm', 'pnpm -r run build', 'pnpm --filter @s/a... run build'],
  ['pnpm with a filter', 'pnpm --filter "./packages/**" build', 'pnpm --filter @s/a... build'],
  ['yarn', 'yarn workspaces foreach -A run build', 'yarn workspaces foreach -Rpt --from @s/a run build'],
  ['tests besides', 'npm test && turbo run build', 'turbo run build --filter=@s/a'],
  ['a script that runs it', 'npm run all', 'turbo run build --filter=@s/a'],
  ['two builders', 'node make.js && turbo run build', undefined],
  ['another program', 'tsc --build', undefined],
  ['a script that is not there', 'npm run missing', undefined],
  ['scripts that run each other', 'npm run loop', undefined],
])('a root that builds with %s', (_, text, expected) => {
  const script = text.includes('pnpm turbo') ? { turbo: 'node turbo.js' } : {}
  const scripts = { build: text, all: 'turbo run build', loop: 'npm run loop', ...script }
  expect(narrow('npm run build', scripts)).toBe(expected)
})

test('nx is told the name that it knows a member by', () => {
  expect(narrow('npm run build', { build: 'nx run-many -t build' }, '', 'a')).toBe('nx run-many -t build --projects=a')
  expect(narrow('npm run build', { build: 'turbo build' }, '', 'a')).toBe('turbo build --filter=@s/a')
})

test('a step of the package itself, or one with hooks, is left as it is', () => {
  expect(narrow('npm run build', { build: 'turbo run build' }, 'packages/a')).toBeUndefined()
  expect(narrow('npm run build', { build: 'turbo run build', postbuild: 'node x.js' })).toBeUndefined()
})
