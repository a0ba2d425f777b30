import { join } from 'node:path'
import type { Command } from 'commander'
import type { BundleStore, Stored } from '../../attestations/store/bundles.ts'
import { Problem } from '../../verifiers/model/problem.ts'
import { type CliContext, oneLine } from '../context.ts'

export function registerBundles(program: Command, context: CliContext): void {
  const bundles = program.command('bundles')
  bundles
    .command('list')
    .description('list the attestations that are kept here')
    .option('--json', 'print the list as JSON')
    .action(async (options: { json?: boolean }) => list(options, context))
  bundles
    .command('add')
    .description('keep attestations, so that `reproof verify` finds them by the digest of the file')
    .argument('<file...>', 'files with attestations in any format')
    .action(async (files: string[]) => add(files, context))
  bundles
    .command('export')
    .description('write the attestations of a file, one a line')
    .argument('<artifact>', 'a file or its digest, as sha256:…')
    .option('--out <file>', 'write them to this file')
    .action(async (artifact: string, options: { out?: string }) => exportBundles(artifact, options, context))
}

async function open({ stateFolder }: CliContext): Promise<BundleStore> {
  const { openBundleStore } = await import('../../attestations/store/bundles.ts')
  return openBundleStore(join(stateFolder, 'bundles'))
}

async function list({ json }: { json?: boolean }, context: CliContext): Promise<void> {
  const [{ openAttestation }, { signerSentence }] = await Promise.all([
    import('../../attestations/inspection/statement.ts'),
    import('../render/inspect.ts'),
  ])
  const stored = await (await open(context)).list()
  const rows = stored.map((one) => {
    const { sha256, path } = one
    if ('damaged' in one) return { sha256, path, damaged: one.damaged }
    const { statement } = openAttestation(one.attestation)
    const { predicateType, subjects } = statement
    const [subject] = subjects
    return {
      sha256,
      path,
      size: one.size,
      addedAt: one.addedAt,
      predicateType,
      subject,
      claims: signerSentence(statement),
    }
  })
  if (json) {
    const { renderJson } = await import('../render/json.ts')
    context.write(renderJson(rows))
  } else if (rows.length === 0) context.write(`No attestations in ${join(context.stateFolder, 'bundles')}.\n`)
  for (const row of json ? [] : rows) {
    if ('damaged' in row) context.write(`${row.sha256.slice(0, 12)}  damaged: ${row.damaged} (${row.path})\n`)
    else {
      const name = row.subject?.name ?? Object.entries(row.subject?.digest ?? {})[0]?.join(':') ?? 'nothing'
      context.write(`${row.sha256.slice(0, 12)}  ${oneLine(name)}  ${oneLine(row.predicateType ?? 'a signature')}\n`)
      context.write(`${' '.repeat(14)}${oneLine(row.claims)}\n`)
    }
  }
  if (stored.some((one) => 'damaged' in one)) {
    context.say('Damaged ones are not used; `reproof bundles add` with the same attestation mends them.\n')
    context.setExitCode(1)
  }
}

async function add(files: string[], context: CliContext): Promise<void> {
  const { readBundles } = await import('../../attestations/verification/find.ts')
  const store = await open(context)
  let refused = 0
  for (const file of files) {
    const { attestations } = await readBundles(file)
    for (const attestation of attestations) {
      const added = await store.add(attestation)
      if (added.outcome === 'refused') {
        refused += 1
        context.write(`refused  ${oneLine(file)}: ${oneLine(added.reason)}\n`)
      } else context.write(`${added.outcome.padEnd(7)}  ${added.sha256}  ${oneLine(file)}\n`)
    }
  }
  if (refused > 0) context.setExitCode(1)
}

async function exportBundles(artifact: string, { out }: { out?: string }, context: CliContext): Promise<void> {
  const [{ artifactFromDigest, artifactFromFile, looksLikeDigest }, { writeFileAtomically }] = await Promise.all([
    import('../../attestations/verification/artifact.ts'),
    import('../../verifiers/store/atomic.ts'),
  ])
  const { signal } = context
  const { digests, name } = looksLikeDigest(artifact)
    ? artifactFromDigest(artifact)
    : await artifactFromFile(artifact, { signal })
  const stored = await (await open(context)).find(digests)
  const whole = stored.filter((one): one is Extract<Stored, { size: number }> => 'attestation' in one)
  if (whole.length < stored.length)
    context.say(`${stored.length - whole.length} are damaged; \`reproof bundles list\` says which.\n`)
  if (whole.length === 0) {
    throw new Problem('FILE_UNREADABLE', `Nothing about ${name} is kept here.`, {
      hint: 'Add it with `reproof bundles add FILE`.',
    })
  }
  const lines = whole
    .map(({ attestation }) => ('raw' in attestation ? `${JSON.stringify(attestation.raw)}\n` : ''))
    .join('')
  if (out === undefined) context.write(lines)
  else await writeFileAtomically(out, lines)
}
