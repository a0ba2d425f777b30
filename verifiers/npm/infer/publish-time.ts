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

/**
 * The moment at which the registry is shown during `install`: in the registry's own clock, because a mirror that dates
 * this package late dates its dependencies late too. The commit's time where the registry has none, or an earlier one.
 */
export function registryMoment({ registry, commit }: { registry: string | undefined; commit: string }): PublishTime {
  const committed = Date.parse(commit)
  const published = registry === undefined ? Number.NaN : Date.parse(registry)
  if (Number.isNaN(published) || published < committed) {
    const says = Number.isNaN(published)
      ? 'The registry gives no time of publication; dependencies are those of the commit time.'
      : 'The registry gives a time before the commit; dependencies are those of the commit time.'
    return { at: committed, from: 'commit time', says }
  }
  const says =
    'Dependencies are those that the registry had when it had this version; a mirror dates all of them alike.'
  return { at: published, from: 'registry time', says }
}

function iso(time: number): string {
  return new Date(time).toISOString()
}
