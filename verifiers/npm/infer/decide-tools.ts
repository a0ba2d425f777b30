import { Problem } from '../../model/problem.ts'
import type { RecipeEvidence } from '../../model/recipe.ts'
import type { CiFindings } from './ci.ts'
import type { DecideOptions } from './decide.ts'
import { nodeOfJobs, npmOfJobs } from './evidence.ts'
import { nodeHints, npmHints } from './hints.ts'
import type { Project } from './install-root.ts'
import { inside } from './manifest.ts'
import type { Packing } from './packing.ts'
import { publishTime } from './publish-time.ts'
import type { SourceReader } from './reader.ts'
import { type Choice, chooseTools } from './toolchain.ts'

type Deciding = Pick<DecideOptions, 'artifact' | 'source' | 'catalogue' | 'choices' | 'now'>

type Inputs = {
  reader: SourceReader
  own: Project
  above: Project['manifest']
  ci: CiFindings
  times: { registry: string | undefined; commit: string }
  packing: Packing
}

/** Node and npm, and what speaks for them. */
export async function decideTools(
  { artifact, source, catalogue, choices = {}, now }: Deciding,
  { reader, own, above, ci, times, packing }: Inputs,
) {
  const { directory } = source
  const { packer, fingerprints } = packing
  const time = publishTime(times)
  const manifests = [
    { path: inside(directory, 'package.json'), manifest: own.manifest },
    ...(directory === '' ? [] : [{ path: 'package.json', manifest: above }]),
  ]
  const spec = choices.nodeNow ? 'lts/*' : choices.nodeBelow && `<${choices.nodeBelow}`
  const { node, npm } = await chooseTools(
    {
      claimed: { ...(spec ? {} : { node: artifact.claims.nodeVersion }), npm: artifact.claims.npmVersion },
      node: spec
        ? [{ kind: 'version', spec, from: 'an attempt that failed' }]
        : [...(await nodeOfJobs(ci, reader)), ...(await nodeHints(reader, directory))],
      npm: [...npmOfJobs(ci), ...(ci.jobs.length > 0 ? [] : npmHints(manifests))],
      engines: own.manifest.engines.node ?? above.engines.node,
      fingerprints,
      publishedAt: choices.nodeNow ? now.getTime() : time.at,
    },
    catalogue,
  )
  if (node.version === '' || npm.version === '') throw noTools(time.says)
  const nodeLine = '/environment/toolchains/0/version'
  const npmLine = '/environment/toolchains/1/version'
  const jobs = ci.jobs.map((job) => ({ line: nodeLine, from: job.from, says: `This job publishes: ${job.how}.` }))
  const unread = ci.unreadable.map(({ path, why }) => ({ line: nodeLine, from: path, says: `It is not read: ${why}.` }))
  const evidence: RecipeEvidence[] = [
    evidenceOf(nodeLine, node),
    evidenceOf(npmLine, npm),
    { line: npmLine, from: packing.from, says: packer.says },
    ...fingerprints.slice(1).map(({ says }) => ({ line: npmLine, from: packing.from, says })),
    { line: nodeLine, from: time.from, says: time.says },
    ...jobs.slice(0, 8),
    ...unread.slice(0, 8),
  ]
  return { node, npm, evidence }
}

function evidenceOf(line: string, { from, says }: Choice): RecipeEvidence {
  return { line, from, says }
}

function noTools(when: string): Problem {
  return new Problem('RECIPE_NOT_INFERRED', 'No Node can be had that this could have been published with.', {
    hint: 'See that your npm configuration names a registry that has the packages of Node itself, or give a --recipe.',
    details: { time: when },
  })
}
