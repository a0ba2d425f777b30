import { homedir } from 'node:os'
import { join, resolve } from 'node:path'
import { stripVTControlCharacters } from 'node:util'
import { exitCodeOf, Problem, problemFrom } from '../verifiers/model/problem.ts'
import type { Progress } from '../verifiers/model/progress.ts'
import { triedLines } from './render/tried.ts'

/** What a command gets of the world outside. */
export type CliContext = {
  environment: NodeJS.ProcessEnv
  /** Downloads, images and git objects: can be deleted at any time. */
  cacheFolder: string
  /** Runs. */
  stateFolder: string
  /** To stdout. */
  write(text: string): void
  /** To stderr. */
  say(text: string): void
  progress: Progress
  signal: AbortSignal
  /** Whether stdout is a terminal that wants colours. */
  color: boolean
  /** Columns of the terminal, 80 where there is none. */
  width: number
  setExitCode(code: number): void
}

/** Follows the XDG Base Directory Specification; REPROOF_CACHE and REPROOF_STATE win over it. */
export function foldersFrom(environment: NodeJS.ProcessEnv): { cacheFolder: string; stateFolder: string } {
  const home = environment.HOME ?? homedir()
  const below = (variable: string, fallback: string) => {
    const folder = environment[variable]
    // "All paths set in these environment variables must be absolute. If an implementation encounters a relative path
    // […] it should consider the path invalid and ignore it."
    return join(folder?.startsWith('/') ? folder : join(home, fallback), 'reproof')
  }
  return {
    cacheFolder: resolve(environment.REPROOF_CACHE || below('XDG_CACHE_HOME', '.cache')),
    stateFolder: resolve(environment.REPROOF_STATE || below('XDG_STATE_HOME', '.local/state')),
  }
}

/** Ends a command that threw: one clear line, what to do, and the exit code. The stack only for those who ask. */
export function sayProblem(error: unknown, { say, environment }: Pick<CliContext, 'say' | 'environment'>): number {
  const problem = problemFrom(error)
  say(`reproof: ${oneLine(problem.message)} (${problem.code})\n`)
  if (problem.hint) say(`  ${oneLine(problem.hint)}\n`)
  for (const line of triedLines(problem.details)) say(`  ${oneLine(line)}\n`)
  if (environment.REPROOF_DEBUG) say(`${problem.stack}\n${causesOf(problem)}`)
  return exitCodeOf(problem.code)
}

/** Outside text inside a line of ours: without escapes, and with invisible characters shown. */
export function oneLine(text: string): string {
  return stripVTControlCharacters(text).replace(
    /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu,
    (character) => `\\u{${character.codePointAt(0)?.toString(16)}}`,
  )
}

function causesOf(problem: Problem): string {
  const lines: string[] = []
  for (let cause = problem.cause; cause instanceof Error && lines.length < 10; cause = cause.cause) {
    lines.push(`caused by ${cause.stack}\n`)
  }
  return lines.join('')
}

/** An option's value that must be one of a list. */
export function choice<Value extends string>(option: string, value: string, allowed: readonly Value[]): Value {
  const found = allowed.find((one) => one === value)
  if (found !== undefined) return found
  throw new Problem('USAGE', `${option} is ${oneLine(value)}; it must be one of ${allowed.join(', ')}.`)
}
