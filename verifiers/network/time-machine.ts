import semver from 'semver'
import { type Mirrored, mirroredBy } from './mirror-history.ts'
import type { Packument } from './packument.ts'
import { publicationBounds } from './publication-bounds.ts'

export type Cut = {
  packument: Packument
  /** What could not be known, in one sentence. */
  note?: string
}

export type CutOptions = {
  /** ISO 8601. */
  registryTime: string
  /** Versions that the source's lockfile pins: they were there when it was written, whatever the registry's times say. */
  pinned: ReadonlySet<string>
  /** What the tag `latest` leads to, wherever it led. */
  latest?: string | undefined
  /** A line of TypeScript: types that say that they need a later one are left out. */
  typescript?: string | undefined
}

/**
 * A packument as it was at a moment: without the versions that came later, and with the tags recomputed.
 *
 * What no packument tells, and so cannot be shown: versions that were unpublished since; where a tag pointed before it
 * was moved, when its present target is old enough (it is left there); and which fields were changed since, such as
 * `deprecated`. A version without a time counts as published later.
 *
 * Where no version has a time, the packument is shown as it is now, with a note that says so. A registry that keeps no
 * time of the package's own creation (`time.created`) is a mirror that writes down when it copied a file: see `mirroredBy`.
 */
export function cutPackument(whole: Packument, { latest, typescript, ...options }: CutOptions): Cut {
  const packument = typescript === undefined ? whole : readableBy(whole, typescript, options.pinned)
  return latest === undefined || !packument.versions.has(latest)
    ? cutByTime(packument, options)
    : withLatest(packument, latest, options)
}

/** https://github.com/DefinitelyTyped/DefinitelyTyped#support-window */
function readableBy(packument: Packument, line: string, pinned: ReadonlySet<string>): Packument {
  if (!packument.name.startsWith('@types/')) return packument
  const isReadable = (needed: unknown) =>
    typeof needed !== 'string' || !/^\d{1,2}\.\d{1,2}$/.test(needed) || semver.lte(`${needed}.0`, `${line}.0`)
  const versions = new Map(
    [...packument.versions].filter(
      ([version, { typeScriptVersion }]) => isReadable(typeScriptVersion) || pinned.has(version),
    ),
  )
  return versions.size === 0 ? packument : { ...packument, versions, tags: tagsAt(packument.tags, versions) }
}

/**
 * That release was there, whatever the registry's times say. npm, pnpm, yarn 1 and bun take what `latest` leads to wherever it is
 * in the range; whoever asks for a later one gets it.
 */
function withLatest(packument: Packument, latest: string, { registryTime, pinned }: CutOptions): Cut {
  const cut = cutByTime(packument, { registryTime, pinned: new Set([...pinned, latest]) })
  return { ...cut, packument: { ...cut.packument, tags: { ...cut.packument.tags, latest } } }
}

function cutByTime(packument: Packument, { registryTime, pinned }: CutOptions): Cut {
  const moment = Date.parse(registryTime)
  const { time } = packument
  const versions = [...packument.versions.keys()]
  const isOld = (version: string) => publishedAt(time, version) <= moment
  if (!versions.some((version) => publishedAt(time, version) < Infinity)) {
    return {
      packument,
      ...(versions.length > 0 && { note: 'The registry has no times of publication: shown as it is now.' }),
    }
  }
  const mirror = time.created === undefined ? mirroredAt(packument, moment) : undefined
  const isThere = (version: string) => mirror?.versions.has(version) ?? isOld(version)
  const kept = new Map([...packument.versions].filter(([version]) => isThere(version) || pinned.has(version)))
  const until = mirror?.until ?? moment
  const current = new Map([...kept].filter(([version]) => mirror?.current.has(version) ?? true))
  return {
    packument: {
      ...packument,
      versions: kept,
      tags: tagsAt(packument.tags, current.size > 0 ? current : kept),
      time: timesAt(time, kept, until),
    },
    ...(until > moment && {
      note: `The registry's times begin after ${registryTime}: shown as of ${new Date(until).toISOString()}.`,
    }),
  }
}

function mirroredAt(packument: Packument, moment: number): Mirrored {
  const bounds = publicationBounds(packument)
  const times = Array.from(packument.versions.keys(), (version): [string, number] => {
    const { by = Infinity } = bounds.get(version) ?? {}
    return [version, Math.min(publishedAt(packument.time, version), by)]
  })
  const after = Array.from(bounds, ([version, bound]): [string, number] => [version, bound.after])
  return mirroredBy(new Map(times), moment, new Map(after))
}

/** In milliseconds, `Infinity` where it is not known. */
function publishedAt(time: Record<string, unknown>, version: string): number {
  const written = Object.hasOwn(time, version) ? time[version] : undefined
  const parsed = typeof written === 'string' ? Date.parse(written) : Number.NaN
  return Number.isNaN(parsed) ? Infinity : parsed
}

/** A tag stays where its version does; `latest` falls back to the highest version, and no other tag is guessed. */
function tagsAt(tags: Record<string, string>, versions: Packument['versions']): Record<string, string> {
  const kept = Object.fromEntries(Object.entries(tags).filter(([, version]) => versions.has(version)))
  const latest = kept.latest ?? highest([...versions.keys()])
  return latest === undefined ? kept : { ...kept, latest }
}

function highest(versions: string[]): string | undefined {
  const valid = versions.filter((version) => semver.valid(version, { loose: true }))
  const stable = valid.filter((version) => semver.prerelease(version, { loose: true }) === null)
  return (stable.length > 0 ? stable : valid).sort((a, b) => semver.rcompare(a, b, { loose: true }))[0]
}

function timesAt(
  time: Record<string, unknown>,
  versions: Packument['versions'],
  moment: number,
): Record<string, unknown> {
  const kept = Object.fromEntries(Object.entries(time).filter(([version]) => versions.has(version)))
  const last = [...versions.keys()]
    .map((version) => publishedAt(time, version))
    .filter((at) => at <= moment)
    .reduce((latest, at) => Math.max(latest, at), -Infinity)
  return {
    ...(publishedAt(time, 'created') <= moment && { created: time.created }),
    ...(Number.isFinite(last) && { modified: new Date(last).toISOString() }),
    ...kept,
  }
}
