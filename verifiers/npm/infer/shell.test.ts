import { expect, test } from 'vitest'
import { commandsOf, isPublish, npmInstalledBy, quoted, scriptsRunBy } from './shell.ts'

test.each<[string, string[][]]>([
  [
    'npm ci && npm test',
    [
      ['npm', 'ci'],
      ['npm', 'test'],
    ],
  ],
  ['if [ -n "$TAG" ]; then make publish; fi', [['[', '-n', '$TAG', ']'], ['make', 'publish'], ['fi']]],
  ['CI=1 cross-env NODE_ENV=production rollup -c', [['rollup', '-c']]],
  ['npx tsc -p . # then more; npm publish', [['tsc', '-p', '.']]],
  ['npm publish \\\n  --access public', [['npm', 'publish', '--access', 'public']]],
  ["echo 'npm publish; no'", [['echo', 'npm publish; no']]],
  [`GITHUB_REF=\${{ env.REF }} semantic-release`, [['semantic-release']]],
  ['pnpm dlx lerna publish', [['lerna', 'publish']]],
  [
    '(cd lib; npm run build)',
    [
      ['cd', 'lib'],
      ['npm', 'run', 'build'],
    ],
  ],
  [
    'tsc >log 2>&1 & tsc &>log',
    [
      ['tsc', '>log', '2>&1'],
      ['tsc', '&>log'],
    ],
  ],
  ['', []],
  ['"unclosed npm publish', [['unclosed', 'npm', 'publish']]],
])('%j runs these programs', (text, expected) => {
  expect(commandsOf(text)).toEqual(expected)
})

test('a text without end is read to a limit', () => {
  commandsOf('a '.repeat(5_000_000))
  commandsOf('"'.repeat(5_000_000))
  commandsOf('\\\n'.repeat(5_000_000))
})

test.each([
  'npm publish',
  'npm publish --provenance --access public',
  'npm stage publish',
  'npm --workspace=a publish',
  'pnpm publish -r',
  'pnpm -r publish',
  'pnpm recursive publish',
  'yarn publish',
  'yarn npm publish',
  'bun publish',
  'lerna publish from-git',
  'changeset publish',
  'npx semantic-release',
  'np --yolo',
  'release-it --ci',
  'nx release publish',
  'yarn changeset publish',
  'pnpm changeset publish --no-git-tag',
  'npx -y @changesets/cli publish',
  'yarn lerna publish from-package',
  'yarn semantic-release',
  'yarn release-tool publish --yes',
  'yarn workspaces foreach -A npm publish',
  'yarn workspace a npm publish',
  'npm pub ./dist/',
])('%s publishes', (text) => {
  expect(commandsOf(text).some(isPublish)).toBe(true)
})

test.each([
  'npm run publish',
  'npm ci',
  'npm publish --dry-run',
  'echo npm publish',
  'git push',
  'npm run build',
  'make publish',
  'yarn',
  'pnpm --filter',
  'yarn yarn yarn',
  'pnpm vsce publish',
  'yarn run publish',
  'yarn build publish-docs',
  'yarn workspace a build',
  'npm exec vsce publish',
  'npm p',
  'yarn pub',
])('%s by itself does not publish', (text) => {
  expect(commandsOf(text).some(isPublish)).toBe(false)
})

test.each<[string, string[]]>([
  ['npm run build', ['build']],
  ['npm run-script build -- --watch', ['build']],
  ['npm test', ['test']],
  ['npm start', ['start']],
  ['npm ci', []],
  ['npm publish', []],
  ['yarn build', ['build']],
  ['yarn install', []],
  ['yarn run build', ['build']],
  ['pnpm build', ['build']],
  ['pnpm -r build', ['build']],
  ['run-s clean build', ['clean', 'build']],
  ['npm-run-all --parallel a b', ['a', 'b']],
  ['tsc', []],
])('%s runs these scripts', (text, expected) => {
  expect(commandsOf(text).flatMap(scriptsRunBy)).toEqual(expected)
})

test.each<[string, string | undefined]>([
  ['npm install -g npm@latest', 'latest'],
  ['npm i -g npm@10', '10'],
  ['npm install --global npm', 'latest'],
  ['sudo npm install -g npm@next-10', 'next-10'],
  ['npm install npm', undefined],
  ['npm install -g codecov', undefined],
  ['yarn global add npm', undefined],
])('%s puts npm %s in place', (text, expected) => {
  expect(commandsOf(text).map(npmInstalledBy)[0]).toBe(expected)
})

test.each(['${{', 'if ', 'npx ', 'A=1 ', '"\'', '\\\n', '$('])(
  'text that repeats %j without end is read in time',
  (part) => {
    expect(commandsOf(part.repeat(2 ** 20)).length).toBeLessThan(2 ** 16)
  },
)

test.each([
  ['build', 'build'],
  ['a b', "'a b'"],
  ["it's", "'it'\\''s'"],
  ['$(rm -rf /)', "'$(rm -rf /)'"],
])('%s is quoted as %s', (word, expected) => {
  expect(quoted(word)).toBe(expected)
})
