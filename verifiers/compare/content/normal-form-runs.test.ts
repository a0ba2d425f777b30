import { expect, test } from 'vitest'
import { changedProgram } from '../../../fixtures/fuzz/changed-programs.ts'
import { madeProgram, textOf } from '../../../fixtures/fuzz/programs.ts'
import { randomFrom } from '../../../fixtures/fuzz/random.ts'
import { seenOf } from '../../../fixtures/fuzz/seen.ts'
import { sideOf } from './code-parts.ts'
import { sameNormalForm } from './same-normal-form.ts'

const programs = 80
const changesOfEach = 6

test('programs that are called the same do the same: made programs, each changed in one thing', () => {
  const random = randomFrom(7)
  let same = 0
  for (let count = 0; count < programs; count++) {
    const program = madeProgram(random)
    const text = textOf(program)
    for (let change = 0; change < changesOfEach; change++) {
      const changed = textOf(changedProgram(program, random))
      if (changed === text || !sameNormalForm(sideOf(text), sideOf(changed))) continue
      const [here, there] = [seenOf(text), seenOf(changed)]
      if (here === undefined || there === undefined) continue
      same++
      expect(there, `${text}\n${changed}`).toBe(here)
    }
  }
  // Else nothing was tested.
  expect(same).toBeGreaterThan(programs / 4)
})
