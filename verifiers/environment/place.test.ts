import { mkdir, mkdtemp, readdir, readFile, rm, utimes, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { placeFolder } from './place.ts'

let parent: string
beforeEach(async () => {
  parent = await mkdtemp(join(tmpdir(), 'reproof-place-'))
})
afterEach(() => rm(parent, { recursive: true }))

test('of two that make the same folder at once the first wins, and both get it whole', async () => {
  const make = (text: string) => async (into: string) => {
    await writeFile(join(into, 'file'), text)
    return 'made'
  }
  const places = await Promise.all(['one', 'two'].map((text) => placeFolder({ parent, make: make(text) })))
  expect(places).toEqual([join(parent, 'made'), join(parent, 'made')])
  expect(await readFile(join(parent, 'made/file'), 'utf8')).toMatch(/^one$|^two$/)
  expect(await readdir(parent)).toEqual(['made'])
})

test('nothing is left behind when making fails', async () => {
  const making = placeFolder({
    parent,
    async make(into) {
      await writeFile(join(into, 'file'), 'half')
      throw new Error('stopped')
    },
  })
  await expect(making).rejects.toThrow('stopped')
  expect(await readdir(parent)).toEqual([])
})

test('what a killed process left is removed, what another one is still making is not', async () => {
  await mkdir(join(parent, '.making-1-old'))
  const hours = vi.spyOn(Date, 'now').mockReturnValue(Date.now() + 2 * 3_600_000)
  await placeFolder({ parent, make: async () => 'made' })
  hours.mockRestore()
  expect(await readdir(parent)).toEqual(['made'])
  await mkdir(join(parent, '.making-2-new'))
  await placeFolder({ parent, make: async () => 'other' })
  expect((await readdir(parent)).sort()).toEqual(['.making-2-new', 'made', 'other'])
})

test('a folder that has got the time of its archive is not taken for one that a killed process left', async () => {
  await placeFolder({
    parent,
    async make(into) {
      await writeFile(join(into, 'program'), 'p')
      await utimes(into, new Date(0), new Date(0))
      await placeFolder({ parent, make: async () => 'other' })
      return 'made'
    },
  })
  expect(await readFile(join(parent, 'made/program'), 'utf8')).toBe('p')
})
