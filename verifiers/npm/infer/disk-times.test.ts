import { execFileSync } from 'node:child_process'
import { mkdir, mkdtemp, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { diskTimes } from './disk-times.ts'

test('files and folders get the times that they had, and what is not there is not made', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'disk-times-'))
  try {
    await mkdir(join(folder, 'lib'))
    for (const name of ['a.js', 'lib/b c.js', '-x']) await writeFile(join(folder, name), '')
    const times = new Map([
      ['', 1747921078],
      ['a.js', 1747917346],
      ['lib', 1747921078],
      ['lib/b c.js', 1747917346],
      ['-x', 0],
      ['gone', 0],
    ])
    const [step, ...others] = diskTimes({ times }, 'packages/a')
    expect([step?.cwd, others]).toEqual(['packages/a', []])
    execFileSync('sh', ['-euc', step?.run ?? ''], { cwd: folder })
    for (const [path, seconds] of times) {
      if (path === 'gone') await expect(stat(join(folder, path))).rejects.toThrow('ENOENT')
      else expect((await stat(join(folder, path))).mtimeMs).toBe(seconds * 1000)
    }
  } finally {
    await rm(folder, { recursive: true })
  }
})

test('one time is given to all', () => {
  const [step] = diskTimes(
    {
      times: new Map([
        ['a.js', 1434322230],
        ['b.js', 1434322230],
      ]),
    },
    '',
  )
  expect(step?.run).toBe('touch -c -h -d @1434322230 -- a.js b.js')
})

test.each<[string, [string, number][]]>([
  ['there are none', []],
  ['all have the time of a packer', Array.from({ length: 3 }, (_, i) => [`${i}`, 499162500])],
  ['they are more than a step can hold', Array.from({ length: 9000 }, (_, i) => [`a-${i}.js`, i])],
])('nothing is changed where %s', (_, times) => {
  expect(diskTimes({ times: new Map(times) }, '')).toEqual([])
})
