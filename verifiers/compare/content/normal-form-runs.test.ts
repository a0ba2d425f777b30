import { runInNewContext } from 'node:vm'
import { expect, test } from 'vitest'
import { changedProgram } from '../../../fixtures/fuzz/changed-programs.ts'
import { madeProgram, textOf } from '../../../fixtures/fuzz/programs.ts'
import { randomFrom } from '../../../fixtures/fuzz/random.ts'
import { sideOf } from './code-parts.ts'
import { sameNormalForm } from './same-normal-form.ts'

/** Calls that a program can make before it is stopped. */
const mostCalls = 200

/** All that can be seen of a program, for some arguments. What functions are written like is left out. */
const watch = `
  Function.prototype.toString = () => 'a function'
  const seen = []
  let calls = 0
  function trace(value) {
    if (++calls > ${mostCalls}) throw new Error('too much')
    seen.push(typeof value === 'function' ? 'a function' : JSON.stringify(value) ?? 'undefined')
    if (typeof value === 'object' && value !== null) {
      for (const [key, one] of Object.entries(value)) if (typeof one === 'function') seen.push(key, attempt(() => one(1)))
    }
    return calls % 3 === 0 ? 0 : calls
  }
  function attempt(run) {
    try { return String(run()) } catch (error) { return error.name }
  }
  for (const [a, b] of [[0, 1], [1, 0], ['x', undefined]]) {
    calls = 0
    let field = 1
    const later = []
    const object = {
      call(x, y) { seen.push('call', String(x), String(y), this === object); return y },
      get field() { seen.push('get'); return field },
      set field(value) { seen.push('set', String(value)); field = value },
    }
    seen.push('end', attempt(() => module.exports(a, b, trace, object, later)))
    for (const one of later.slice(0, 20)) seen.push(attempt(one))
  }
  seen.join()`

function seenOf(text: string): string | undefined {
  try {
    return String(runInNewContext(`${text}\n${watch}`, { module: {} }, { timeout: 5000 }))
  } catch {
    // Some changes make a program that no engine reads.
    return undefined
  }
}

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
