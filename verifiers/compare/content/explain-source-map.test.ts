import { expect, test } from 'vitest'
import { explainSourceMap } from './explain-source-map.ts'

const proxyOf = (folder: string, code = 'f()') =>
  `import { __require as f } from "${folder}/index.js";\nexport default ${code};\n`

function explained(published: (string | null)[], rebuilt: (string | null)[]) {
  const map = (sourcesContent: (string | null)[]) =>
    JSON.stringify({ version: 3, sources: ['a.js', 'b.js'], sourcesContent, names: [], mappings: 'AAAA' })
  return explainSourceMap(map(published), map(rebuilt), undefined)
}

test('a source that a bundler made up of the address of a file names the folder that was built in', () => {
  const [published, rebuilt] = [proxyOf('/home/someone/a'), proxyOf('/home/builder/a')]
  expect(explained([published, 'same'], [rebuilt, 'same'])).toMatchObject({
    cause: 'build-path',
    severity: 'unexplained',
    evidence: { allStamps: true, stamps: [{ causes: ['build-path'], published, rebuilt }] },
  })
})

test.each<[string, (string | null)[], (string | null)[]]>([
  ['other code behind it', [proxyOf('/home/someone/a', 'g()')], [proxyOf('/home/builder/a')]],
  ['another source, too', [proxyOf('/home/someone/a'), 'x'], [proxyOf('/home/builder/a'), 'y']],
  ['no source at all', [proxyOf('/home/someone/a'), null], [proxyOf('/home/builder/a'), 'y']],
  ['one more', [proxyOf('/home/someone/a'), 'x'], [proxyOf('/home/builder/a')]],
  [
    'a text that is no longer a stamp',
    [proxyOf('/home/someone/a', 'f'.repeat(5000))],
    [proxyOf('/home/builder/a', 'f'.repeat(5000))],
  ],
])('%s is more than a folder', (_, published, rebuilt) => {
  expect(explained(published, rebuilt)).toMatchObject({ cause: 'source-map', severity: 'suspicious' })
})
