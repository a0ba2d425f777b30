import { z } from 'zod'
import { choice } from '../cli/context.ts'
import { Problem } from '../verifiers/model/problem.ts'
import { verdicts } from '../verifiers/model/verdict.ts'
import { engineNames } from '../verifiers/sandbox/options.ts'

/** One line of text; nothing of it ever reaches a shell. */
const line = z
  .string()
  .max(8192)
  .regex(/^[^\0-\x1f\x7f]*$/, 'it has to be one line')
  .transform((text) => text.trim())

/** An input that is empty was not given. */
const optional = line.transform((text) => (text === '' ? undefined : text))

const flag = (fallback: boolean) =>
  line.transform((text, context) => {
    if (text === '') return fallback
    if (text === 'true' || text === 'false') return text === 'true'
    context.addIssue({ code: 'custom', message: 'it has to be true or false' })
    return z.NEVER
  })

const oneOf = <Value extends string>(values: readonly [Value, ...Value[]]) =>
  line.transform((text) => (text === '' ? values[0] : text)).pipe(z.enum(values))

const lines = z
  .string()
  .max(65_536)
  .regex(/^[^\0-\x09\x0b\x0c\x0e-\x1f\x7f]*$/, 'it has characters that are no text')
  .transform((text) =>
    text
      .split('\n')
      .map((one) => one.trim())
      .filter((one) => one !== ''),
  )
  .pipe(z.array(z.string()).max(256))

const places = ['attestations', 'release', 'none'] as const

const uploads = line
  .transform((text) =>
    text
      .split(',')
      .map((one) => one.trim())
      .filter((one) => one !== ''),
  )
  .pipe(z.array(z.enum(places)))
  .transform(
    (named) => new Set(named.length === 0 ? (['attestations'] as const) : named.filter((one) => one !== 'none')),
  )

const modes = ['attest', 'verify', 'check'] as const

const inputsSchema = z.object({
  mode: line.pipe(z.enum(modes)),
  'subject-path': lines,
  source: optional,
  recipe: optional,
  engine: optional.pipe(z.enum(engineNames).optional()),
  require: optional.pipe(z.enum(verdicts.slice(0, 4) as [string, ...string[]]).optional()),
  attempts: line
    .transform((text) => (text === '' ? '3' : text))
    .pipe(z.stringFormat('attempts', /^[1-8]$/).transform(Number)),
  upload: uploads,
  'release-tag': optional,
  'bundle-folder': optional,
  'signing-config': optional,
  'trusted-root': optional,
  'public-log': flag(false),
  'other-compressor': flag(false),
  artifact: lines,
  dependencies: oneOf(['auto', 'changed', 'all', 'none']),
  lockfile: optional,
  base: optional,
  policy: optional,
  'bundle-path': lines,
  'certificate-identity': optional,
  'certificate-oidc-issuer': optional,
  rebuild: flag(true),
  'require-evidence': flag(false),
  comment: flag(true),
  folder: optional,
  except: optional.pipe(z.stringFormat('names', /^[a-z]+(?:,[a-z]+)*$/).optional()),
  'show-summary': flag(true),
  'github-token': line,
})

export type Inputs = z.infer<typeof inputsSchema>

/**
 * The inputs of the action, which action.yml hands over in variables: with nothing but letters, so that every shell passes them on.
 *
 * @throws {Problem} USAGE with the input that cannot be used
 */
export function readInputs(environment: NodeJS.ProcessEnv): Inputs {
  const names = Object.keys(inputsSchema.shape)
  const given = names.map((name) => [name, environment[`INPUT_${name.toUpperCase().replaceAll('-', '_')}`] ?? ''])
  const read = inputsSchema.safeParse(Object.fromEntries(given))
  if (read.success) return read.data
  const [issue] = read.error.issues
  const name = String(issue?.path[0])
  if (name === 'mode') choice('mode', environment.INPUT_MODE ?? '', modes)
  throw new Problem('USAGE', `The input ${name} cannot be used: ${issue?.message ?? 'it is not what it should be'}.`, {
    hint: 'action/action.yml says what each input may be.',
  })
}
