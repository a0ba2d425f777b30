import { expect, test } from 'vitest'
import { buildingParts, chainOf, innerParts, purposeOfText, scriptsReachedBy } from './scripts.ts'

const scripts = {
  build: 'tsc -p .',
  test: 'vitest run',
  lint: 'eslint .',
  all: 'npm run lint && npm run build',
  loop: 'npm run loop2',
  loop2: 'npm run loop',
  hooks: 'husky install',
  checked: 'tsc -b && type-coverage && tsd',
  twice: 'npm run checked && npm test',
  written: 'tsc -b && prettier --write dist',
  fixed: 'tsc -b && npm run lint --fix',
  hooked: 'tsc && tsd',
  posthooked: 'cp a b',
  doc: 'node support/doc.js',
  'gh-doc': 'npm run doc && gh-pages -d apidoc -f',
}

test.each<[string, string]>([
  ['tsc', 'build'],
  ['npm run build', 'build'],
  ['npm run all', 'build'],
  ['npm run of-another-folder', 'build'],
  ['node scripts/make.js', 'build'],
  ['npm test', 'check'],
  ['npm run lint', 'check'],
  ['nr lint', 'check'],
  ['nr build --watch', 'build'],
  ['tsc --noEmit', 'check'],
  ['xo && ava', 'check'],
  ['npm run test && npm run lint', 'check'],
  ['husky', 'setup'],
  ['npm run hooks', 'setup'],
  ['is-ci || husky install', 'setup'],
  ['not-in-publish || npm run hooks', 'setup'],
  ['git push origin --follow-tags', 'release'],
  ['npm publish', 'release'],
  ['changeset tag', 'release'],
  ['yarn changeset version', 'release'],
  ['pnpm install', 'setup'],
  ['yarn --frozen-lockfile && yarn', 'setup'],
  ['npm ci --ignore-scripts', 'setup'],
  ['npm install --prefix site', 'build'],
  ['npm i left-pad', 'build'],
  ['gh-pages -d dist', 'release'],
  ['npm run gh-doc', 'release'],
  ['npm run doc', 'build'],
  ['echo done', 'nothing'],
  ['echo done >&2', 'nothing'],
  ['cat a > /dev/null', 'nothing'],
  ['echo a -> b => c', 'nothing'],
  ["echo '{}' > dist/package.json", 'build'],
  ['printf x>>dist/a.js', 'build'],
  ['vue-tsc --noEmit', 'check'],
  ['turbo publint', 'check'],
  ['turbo run lint test --filter a', 'check'],
  ['turbo run lint build', 'build'],
  ['turbo', 'build'],
  ['nx run-many -t lint,test', 'check'],
  ['nx run-many --target=build --all', 'build'],
  ['nx build', 'build'],
  ['lerna run test --scope a', 'check'],
  ['lerna bootstrap', 'build'],
  [`node -e "if(process.env.CI == 'true') {console.log('no'); process.exit(1)}" || npx -y only-allow pnpm`, 'check'],
  [`node --eval 'process.version < "v20" && process.exit(1)'`, 'check'],
  [`node -e "fs.writeFileSync('a', '')"`, 'build'],
  [`node -e "require('./make')"`, 'build'],
  [`node -e "process.getBuiltinModule('fs').cpSync('a', 'b')"`, 'build'],
  [`node -e "process['binding']('fs')"`, 'build'],
  ['node -p process.version > VERSION', 'build'],
  ['node -e "process.exit()" --require ./make', 'build'],
  ['node -e', 'build'],
  ['npm run loop', 'nothing'],
  ['', 'nothing'],
])('%j is there to %s', (text, expected) => {
  expect(purposeOfText(text, scripts)).toBe(expected)
})

test.each<[string, string[] | undefined]>([
  ['npm test && npm run build', ['npm run build']],
  ['npm run lint && npm run build && npm test', ['npm run build']],
  ['npm run build', ['npm run build']],
  ['npm test', []],
  ['cd .. && npm run build', undefined],
  ['npm test || true && npm run build', undefined],
  ['npm run build; npm test', ['npm run build']],
  ['npm run build; git push origin --follow-tags', ['npm run build']],
  ['for f in a b; do tsc $f; done', undefined],
  ['node -e "a; b"; npm run build', undefined],
  ['echo a;; b', undefined],
])('the building parts of %j', (text, expected) => {
  expect(buildingParts(text, scripts)).toEqual(expected)
})

test.each<[string, string[] | undefined]>([
  ['npm run checked && npm run format', ['tsc -b']],
  ['yarn twice', ['tsc -b']],
  ['npm run build && npm run checked', ['npm run build', 'tsc -b']],
  ['npm run checked -- --force', ['npm run checked -- --force']],
  ['pnpm -r checked', ['pnpm -r checked']],
  ['node --run checked', ['tsc -b']],
  ['A=1 npm run checked', ['A=1 npm run checked']],
  ['npm run written', ['npm run written']],
  ['npm run fixed', ['tsc -b']],
  ['npm run hooked', ['npm run hooked']],
  ['npm run loop && tsc', ['tsc']],
  ['cd a && npm run checked', undefined],
])('the building parts of %j and of what it runs', (text, expected) => {
  expect(innerParts(text, scripts)).toEqual(expected)
})

test.each<[string, Record<string, string>, string[]]>([
  [
    'npm run build && npm run format',
    { build: 'tsc --build && tsd', format: 'remark . -qfo && prettier . -w --log-level warn && xo --fix' },
    ['tsc --build', 'prettier . -w --log-level warn'],
  ],
  ['npm run format && npm run build', { build: 'tsc', format: 'prettier . -w' }, ['npm run build']],
  ['npm run build && npm run format', { build: 'tsc', format: 'prettier . --check' }, ['npm run build']],
  ['tsc && biome check --write dist', {}, ['tsc', 'biome check --write dist']],
])('what formats is run after what builds: %j', (text, scripts, expected) => {
  expect(innerParts(text, scripts, { formatting: 'after' })).toEqual(expected)
})

test('what writes documents anew is run with what formats where that is asked for', () => {
  const scripts = { build: 'tsc', format: 'remark . -qfo && prettier . -w && xo --fix', lists: 'tsc && remark . -qf' }
  const of = (text: string) => innerParts(text, scripts, { formatting: 'after', documents: true })
  expect(of('npm run build && npm run format')).toEqual(['npm run build', 'remark . -qfo', 'prettier . -w'])
  expect(of('npm run lists')).toEqual(['tsc'])
})

test('scripts that run each other come to an end', () => {
  expect([...scriptsReachedBy('nr all', scripts)]).toEqual(['all', 'lint', 'build'])
  expect([...scriptsReachedBy('npm run loop', scripts)]).toEqual(['loop', 'loop2'])
})

test('a script named like a property of every object is none', () => {
  expect(purposeOfText('npm run constructor', scripts)).toBe('build')
  expect([...scriptsReachedBy('npm run toString', {})]).toEqual(['toString'])
})

test.each<[string, string[]]>([
  ['npm run build && npm run gh-doc', ['tsc -p .', 'node support/doc.js', 'gh-pages -d apidoc -f']],
  ['npm run hooked && npm run loop', ['tsc', 'tsd', 'cp a b', 'npm run loop']],
  ['npm run build; npm run doc', ['tsc -p .', 'node support/doc.js']],
  ['npm run build; if a; then npm run doc; fi', ['npm run build; if a; then npm run doc; fi']],
])('what %s runs in the end', (text, expected) => {
  expect(chainOf(text, { ...scripts, loop: 'npm run posthooked || true' })).toEqual(expected)
})

test('texts and patterns of any size are read in no time', () => {
  const many = Object.fromEntries(Array.from({ length: 5000 }, (_, index) => [`a:${index}`, 'tsc']))
  for (const text of ['a; '.repeat(20_000), 'if a '.repeat(12_000), `run-s ${'a:* b:* '.repeat(8_000)}`]) {
    const scripts = { ...many, build: text }
    expect(chainOf('npm run build', scripts).length).toBeLessThanOrEqual(200)
    expect(scriptsReachedBy('npm run build', scripts).has('build')).toBe(true)
    buildingParts(text, {})
  }
  expect(scriptsReachedBy('run-s a:*', many).size).toBe(5000)
})

test.each<[string, Record<string, string>, string[]]>([
  [
    'rimraf lib && npm run esm && npm run test && node strip.js',
    { esm: 'tsc -p esm', test: 'npm run compile && mocha lib', compile: 'tsc -p . && npm run lint', lint: 'eslint .' },
    ['rimraf lib', 'npm run esm', 'tsc -p .', 'node strip.js'],
  ],
  ['npm test', { pretest: 'npm run build', build: 'tsc && cp a b', test: 'mocha' }, ['tsc', 'cp a b']],
  ['npm test', { test: 'mocha && npm run lint', lint: 'eslint .' }, []],
  ['npm test', { test: 'npm test' }, []],
  ['npm test', {}, []],
])('what %s builds with its checks', (text, scripts, expected) => {
  expect(innerParts(text, scripts, { checks: { left: 16 } })).toEqual(expected)
})

test('of very many scripts that check only some are looked into', () => {
  const named = (count: number, make: (index: number) => [string, string]) =>
    Object.fromEntries(Array.from({ length: count }, (_, index) => make(index)))
  const runs = (count: number, prefix: string, from: number, of: number) =>
    Array.from({ length: count }, (_, index) => `npm run ${prefix}${(from + index) % of}`).join(' && ')
  const many = {
    ...named(400, (index) => [`test:${index}`, `${runs(100, 'h', index, 300)} && mocha`]),
    ...named(300, (index) => [`h${index}`, `mocha | npm run z${index}`]),
    ...named(300, (index) => [`z${index}`, runs(150, 'y', index, 200)]),
    ...named(200, (index) => [`y${index}`, 'mocha --x']),
  }
  expect(innerParts(runs(3000, 'test:', 0, 400), many, { checks: { left: 16 } })).toEqual([])
})
