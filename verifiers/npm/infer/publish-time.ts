/** When the artifact was published, as far as can be told, and the rule by which it was. */
export type PublishTime = { at: number; from: string; says: string }

const day = 86_400_000
/** A release is published within days of its commit; what is later by more than this is another event. */
const plausibleDelay = 30 * day

/**
 * The registry's time where it is plausible: not before the commit (but for clocks that differ by a day), and not more
 * than 30 days after it. A mirror says when it took a version in, which may be years later; the commit's time is nearer.
 */
export function publishTime({ registry, commit }: { registry: string | undefined; commit: string }): PublishTime {
  const committed = Date.parse(commit)
  const published = registry === undefined ? Number.NaN : Date.parse(registry)
  if (Number.isNaN(published)) {
    return {
      at: committed,
      from: 'commit time',
      says: 'The registry gives no time of publication; the commit has one.',
    }
  }
  const delay = published - committed
  if (delay < -day) {
    const says = `The registry's time, ${iso(published)}, is before the commit's, ${iso(committed)}; the commit's is taken.`
    return { at: committed, from: 'commit time', says }
  }
  if (delay > plausibleDelay) {
    const days = Math.round(delay / day)
    const says = `The registry's time, ${iso(published)}, is ${days} days after the commit: rather when a mirror took it in.`
    return { at: committed, from: 'commit time', says }
  }
  return { at: published, from: 'registry time', says: `The registry says that it was published at ${iso(published)}.` }
}

/** A mirror copies a package's dependencies when the first who asks for it installs it: just after. */
const mirrorSlack = day

/**
 * The moment at which the registry is shown during `install`, in the registry's own clock. A mirror that has copied this
 * version long after its publication is shown as what it has tells of that time.
 */
export function registryMoment(times: {
  registry: string | undefined
  commit: string
  mirrored: boolean
  now: Date
  /** Whether what was there at the time has turned out not to be enough. */
  late?: boolean | undefined
}): PublishTime {
  const { mirrored, now, late } = times
  if (late) {
    const says =
      'What the registry says that it had at the time cannot be installed: dependencies are those that it has now.'
    return { at: now.getTime(), from: 'time of the inference', says }
  }
  const { at, from, says } = publishTime(times)
  if (!mirrored) {
    const published = times.registry === undefined ? Number.NaN : Date.parse(times.registry)
    if (published > at) {
      return {
        at: published,
        from: 'registry time',
        says: `The registry says that it was published at ${iso(published)}.`,
      }
    }
    return { at, from, says }
  }
  if (from === 'registry time') {
    const why = 'The registry is a mirror, which copies dependencies just after what needs them: one day is added.'
    return { at: at + mirrorSlack, from, says: `${says} ${why}` }
  }
  const why =
    'The registry is a mirror: dependencies are what must have been there by then, or what it had when it was first asked.'
  return { at: at + mirrorSlack, from, says: `${says} ${why}` }
}

function iso(time: number): string {
  return new Date(time).toISOString()
}
