import { Problem } from '../../verifiers/model/problem.ts'

/**
 * Waits for a service until it answers or the user has had enough. What sigstore's clients throw may have the identity
 * token in its message, so that only a code and a status leave here, and never the error itself.
 *
 * @throws {Problem} SIGNING_SERVICE_FAILED
 */
export async function ask<Answer>(
  kind: string,
  url: string,
  signal: AbortSignal,
  question: () => Promise<Answer>,
): Promise<Answer> {
  signal.throwIfAborted()
  const stopped = Promise.withResolvers<never>()
  const stop = () => stopped.reject(signal.reason)
  signal.addEventListener('abort', stop, { once: true })
  try {
    return await Promise.race([question(), stopped.promise])
  } catch (error) {
    signal.throwIfAborted()
    if (error instanceof Problem) throw error
    throw new Problem('SIGNING_SERVICE_FAILED', `${kind} at ${hostOf(url)} ${reasonOf(error)}.`, {
      hint: 'Nothing was written. Try again later; what is signed already in this run is signed again then.',
      details: { url, ...statusOf(error) },
    })
  } finally {
    signal.removeEventListener('abort', stop)
  }
}

function hostOf(url: string): string {
  return URL.parse(url)?.host ?? url
}

function reasonOf(error: unknown): string {
  const { status } = statusOf(error)
  if (status === 429) return 'asks to be left in peace for a while (429)'
  if (status === 401 || status === 403) return `does not accept the identity (${status})`
  if (status !== undefined) return `answered ${status}`
  const code = codesOf(error).find((one) => /^(?:E[A-Z]+|FETCH_ERROR|UND_ERR_\w+)$/.test(one))
  if (code === 'ETIMEDOUT' || isTimeout(error)) return 'did not answer in time'
  return code === undefined ? 'gave no answer that makes sense' : `cannot be reached (${code})`
}

function statusOf(error: unknown): { status?: number } {
  for (const one of chainOf(error)) {
    if ('statusCode' in one && typeof one.statusCode === 'number') return { status: one.statusCode }
  }
  return {}
}

function isTimeout(error: unknown): boolean {
  return chainOf(error).some(
    ({ name, ...rest }) => name === 'TimeoutError' || ('type' in rest && rest.type === 'request-timeout'),
  )
}

function codesOf(error: unknown): string[] {
  return chainOf(error).flatMap((one) => ('code' in one && typeof one.code === 'string' ? [one.code] : []))
}

function chainOf(error: unknown): Error[] {
  const chain: Error[] = []
  for (let one = error; one instanceof Error && chain.length < 10; one = one.cause) chain.push(one)
  return chain
}
