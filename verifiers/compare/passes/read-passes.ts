import { readFile, stat } from 'node:fs/promises'
import { parse } from 'yaml'
import { Problem } from '../../model/problem.ts'
import { type HiddenDifference, hiddenDifferencesSchema } from './hidden-difference.ts'

const largestFile = 1024 * 1024

/**
 * Reads a user's passes, JSON or YAML: `passes:`, each with `path`, `reason`, and the digests `published` and `rebuilt`.
 *
 * @throws {Problem} FILE_UNREADABLE, PASS_INVALID with the first thing that is wrong
 */
export async function readPasses(file: string): Promise<HiddenDifference[]> {
  const text = await readText(file)
  let value: unknown
  try {
    value = parse(text, { maxAliasCount: 0 })
  } catch (error) {
    throw invalid(file, error instanceof Error ? (error.message.split('\n', 1)[0] ?? '') : String(error), error)
  }
  const parsed = hiddenDifferencesSchema.safeParse(value)
  if (parsed.success) return parsed.data.passes
  const issue = parsed.error.issues[0]
  throw invalid(file, `/${issue?.path.join('/') ?? ''}: ${issue?.message ?? 'no passes'}`)
}

async function readText(file: string): Promise<string> {
  const unreadable = (why: string, cause?: unknown) =>
    new Problem('FILE_UNREADABLE', `The passes in ${file} cannot be read: ${why}.`, {
      hint: 'Name a JSON or YAML file; `reproof passes --help` says what is in it.',
      ...(cause !== undefined && { cause }),
    })
  try {
    const stats = await stat(file)
    if (!stats.isFile()) throw unreadable('it is not a file')
    if (stats.size > largestFile) throw unreadable(`it has ${stats.size} bytes`)
    return await readFile(file, 'utf8')
  } catch (error) {
    throw error instanceof Problem ? error : unreadable('there is no such file, or it is not for you', error)
  }
}

function invalid(file: string, why: string, cause?: unknown): Problem {
  return new Problem('PASS_INVALID', `${file} does not hold passes: ${why}.`, {
    hint: 'Each pass has path, reason, and the sha256 of both contents, published and rebuilt, as the report has them.',
    ...(cause !== undefined && { cause }),
  })
}
