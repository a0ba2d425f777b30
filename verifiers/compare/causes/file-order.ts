import { sortingOf } from './locale.ts'

type OrderCause = { cause: 'locale' | 'file-order' | 'member-order'; summary: string }

const fileName = /^(?:\.{0,2}\/)?[\w@.~+-]+(?:\/[\w@.~+-]+)*\.[A-Za-z0-9]{1,8}$/

/**
 * Why a list has the same members in another order: sorted by a language on one side and by code points on the other, in
 * the order in which a file system lists files, or neither that can be told.
 */
export function explainOrder(published: readonly string[], rebuilt: readonly string[]): OrderCause {
  const [left, right] = [sortingOf(published), sortingOf(rebuilt)]
  if (left !== undefined && right !== undefined && left !== right) {
    return {
      cause: 'locale',
      summary: `A list is sorted by ${left} in the published file and by ${right} in the rebuilt one, as the locale of a build decides.`,
    }
  }
  if (published.every((member) => fileName.test(member))) {
    return {
      cause: 'file-order',
      summary: 'A list of files stands in another order, as file systems list them each in their own.',
    }
  }
  return {
    cause: 'member-order',
    summary:
      'A list has the same members in another order, as a build makes it that does not wait for its files in turn.',
  }
}
