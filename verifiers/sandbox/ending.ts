/** Why something that runs is to end before it does by itself: the first reason counts. */
export type Ending = {
  because: (reason: unknown) => void
  /** Gives a reason when the time is over; the previous one's time no longer counts. */
  after: (milliseconds: number, reason: () => unknown) => void
  /** What `work` gives, or a rejection with the reason as soon as there is one. */
  race: <Result>(work: Promise<Result>) => Promise<Result>
  [Symbol.dispose]: () => void
}

/** An ending whose first possible reason is that of the signal. */
export function openEnding(signal: AbortSignal): Ending {
  const { promise, reject } = Promise.withResolvers<never>()
  // A reason that comes when nobody races any more is of no interest.
  promise.catch(() => undefined)
  const abort = () => reject(signal.reason)
  signal.addEventListener('abort', abort, { once: true })
  if (signal.aborted) abort()
  let timer: NodeJS.Timeout | undefined
  return {
    because: reject,
    after(milliseconds, reason) {
      clearTimeout(timer)
      timer = setTimeout(() => reject(reason()), milliseconds)
    },
    race: (work) => Promise.race([promise, work]),
    [Symbol.dispose]() {
      clearTimeout(timer)
      signal.removeEventListener('abort', abort)
    },
  }
}
