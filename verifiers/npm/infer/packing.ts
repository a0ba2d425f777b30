import type { Release } from '../../model/artifact.ts'
import type { CiFindings } from './ci.ts'
import { type Copy, copiesOf } from './copies.ts'
import { fingerprintsOf } from './evidence.ts'
import { foreignLockIn } from './foreign-lock.ts'
import type { Project } from './install-root.ts'
import { isManager, type ManagerName } from './managers.ts'
import { type BuildManifest, withParents } from './manifest.ts'
import { type Need, needOf } from './need.ts'
import type { Packer } from './packer.ts'
import type { Published } from './published.ts'
import type { SourceReader } from './reader.ts'
import { isPublish } from './shell.ts'
import type { SourceMatch } from './source-match.ts'
import { umaskOf } from './umask.ts'

/** What a published tarball tells of how it was made; of what is still to be published, what the source tells. */
export type Packing = {
  /** For evidence. */
  from: string
  packer: Packer
  /** Versions of npm that could have packed it, the surest first. */
  fingerprints: { versions: string; says: string }[]
  need: Need
  umask: { umask: string; says: string }
  /** What of the published files the source has at another place. */
  copies: Copy[]
}

type Sourced = { reader: SourceReader; own: Project; ci: CiFindings }

export function packingOf(
  { published, match }: { published: Published; match: SourceMatch },
  { artifact, reader, own, text }: Omit<Sourced, 'ci'> & { artifact: Release; text: string },
): Packing {
  const { directory, manifest } = own
  const sourcePaths = [...reader.entries.keys()].flatMap((path) =>
    directory === '' ? path : path.startsWith(`${directory}/`) ? path.slice(directory.length + 1) : [],
  )
  const { packer, fingerprints } = fingerprintsOf({ published, manifest, sourceManifest: text, sourcePaths })
  const rewritten = isManager(packer.name) || packer.name === 'lerna'
  const { version } = artifact
  const copies = copiesOf({ published, match, entries: reader.entries, directory })
  const need = needOf({ match, published, manifest, sourceManifest: text, version, rewritten, copies })
  return { from: 'published tarball', packer, fingerprints, need, umask: umaskOf(published), copies }
}

/** Nothing was published yet: all that publishing runs is run, and the tool that the project publishes with packs. */
export function packingToCome(sourced: Sourced): Packing {
  return {
    from: 'source',
    packer: packerToCome(sourced),
    fingerprints: [],
    need: { build: true, says: 'What publishing runs is run.' },
    umask: { umask: '022', says: 'It is the usual one.' },
    copies: [],
  }
}

function packerToCome({ reader, own, ci }: Sourced): Packer {
  const [job] = ci.jobs
  const words = job?.how.split(/\s+/) ?? []
  const [program] = words
  if (job && isManager(program) && isPublish(words)) return { name: program, says: `${job.from} runs "${job.how}".` }
  const name = needsManager(own.manifest) ? managerAbove(reader, own.directory) : undefined
  if (name === undefined) return { name: 'npm', says: 'Nothing says that another tool than npm packs it.' }
  return { name, says: `Its dependencies are written as only ${name} can, which therefore has to pack it.` }
}

/** npm does not know these protocols, and would publish them as they are. */
function needsManager(manifest: BuildManifest): boolean {
  const { dependencies, devDependencies, optionalDependencies, peerDependencies } = manifest
  const all = { ...devDependencies, ...dependencies, ...optionalDependencies, ...peerDependencies }
  return Object.values(all).some((range) => /^(?:workspace|catalog):/.test(range))
}

function managerAbove(reader: SourceReader, directory: string): ManagerName | undefined {
  for (const folder of withParents(directory)) {
    const lock = foreignLockIn(reader, folder)
    if (lock) return lock.manager
  }
  return undefined
}
