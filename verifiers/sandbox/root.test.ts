import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { placeInRoot, planRoot, resolveInRoot } from './root.ts'

let root: string
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'reproof-root-'))
  await mkdir(join(root, 'usr', 'bin'), { recursive: true })
  await mkdir(join(root, 'usr', 'lib'))
  await writeFile(join(root, 'usr', 'bin', 'tool'), '')
  await symlink('usr/bin', join(root, 'bin'))
  await symlink('/usr/bin/tool', join(root, 'usr', 'bin', 'absolute'))
  await symlink('../../../../../usr/bin/tool', join(root, 'usr', 'bin', 'above'))
  await symlink('/etc/passwd', join(root, 'usr', 'bin', 'host'))
  await symlink('loop', join(root, 'loop'))
})
afterEach(() => rm(root, { recursive: true }))

test.each([
  ['/usr/bin/tool', '/usr/bin/tool'],
  ['/bin/tool', '/usr/bin/tool'],
  ['/bin/absolute', '/usr/bin/tool'],
  ['/bin/above', '/usr/bin/tool'],
  ['/bin/host', undefined],
  ['/loop', undefined],
  ['/bin/tool/further', undefined],
  ['/none', undefined],
])('%s is found where a process in the root would find it: %s', async (path, place) => {
  expect(await resolveInRoot(root, path)).toBe(place && join(root, place))
})

test.each([
  ['/bin/new/deep', '/usr/bin/new/deep'],
  ['/builds/group/project', '/builds/group/project'],
  ['/bin', '/usr/bin'],
])('something mounted at %s is really at %s', async (path, place) => {
  expect(await placeInRoot(root, path)).toBe(place)
})

test('a folder is only taken apart where a mount point is missing in it', async () => {
  const bind = (to: string) => ({ kind: 'bind', from: join(root, to), to })
  const links = [
    { kind: 'link', to: '/bin', target: 'usr/bin' },
    { kind: 'link', to: '/loop', target: 'loop' },
  ]
  expect(await planRoot(root, ['/usr/bin', '/new'])).toEqual([links[0], links[1], bind('/usr')])
  expect(await planRoot(root, ['/usr/lib/new'])).toEqual([
    links[0],
    links[1],
    { kind: 'folder', to: '/usr' },
    { kind: 'bind', from: join(root, 'usr/bin'), to: '/usr/bin' },
    { kind: 'folder', to: '/usr/lib' },
  ])
})
