import { expect, test } from 'vitest'
import { exitCodeOf, Problem, problemFrom } from './problem.ts'

const failed = (code: string) => Object.assign(new Error(`${code}: it failed`), { code, path: '/some/folder' })

test.each([
  ['a full disk', failed('ENOSPC'), 'DISK_FULL', 3],
  ['a quota', failed('EDQUOT'), 'DISK_FULL', 3],
  ['the largest size of a file', failed('EFBIG'), 'DISK_FULL', 3],
  ['a folder that is not ours', failed('EACCES'), 'FOLDER_UNUSABLE', 2],
  ['a folder that can only be read', failed('EROFS'), 'FOLDER_UNUSABLE', 2],
  ['an interrupted job', new DOMException('aborted', 'AbortError'), 'INTERRUPTED', 3],
  ['anything else', new TypeError('x is not a function'), 'FAULT', 70],
  ['what is no error', 'text', 'FAULT', 70],
] as const)('%s', (_, error, code, exitCode) => {
  const problem = problemFrom(error)
  expect(problem).toMatchObject({ code, cause: error })
  expect(exitCodeOf(problem.code)).toBe(exitCode)
})

test('a problem stays what it is, also as the reason of an abort', () => {
  const problem = new Problem('STEP_TIMED_OUT', 'It took too long.')
  expect(problemFrom(problem)).toBe(problem)
  expect(problemFrom(Object.assign(new Error('aborted', { cause: problem }), { name: 'AbortError' }))).toBe(problem)
})
