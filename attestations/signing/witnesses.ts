import { RekorWitness, TSAWitness, type Witness } from '@sigstore/sign'
import { ask } from './ask.ts'
import { rekorV2Witness } from './rekor-v2.ts'
import type { ServiceAddress, Services } from './services.ts'

const timing = { timeout: 20_000, retry: { retries: 2 } }

/** The logs and clocks that a signature is shown to. */
export function witnessesOf({ logs, timestamps }: Services, signal: AbortSignal): Witness[] {
  return [
    ...logs.map((log) => asked('the log', log, signal, logWitness(log))),
    ...timestamps.map((one) =>
      asked('the timestamp authority', one, signal, new TSAWitness({ tsaBaseURL: one.url, ...timing })),
    ),
  ]
}

function logWitness({ url, version }: ServiceAddress): Witness {
  if (version === 2) return rekorV2Witness(url)
  return new RekorWitness({ rekorBaseURL: url, entryType: 'dsse', fetchOnConflict: true, ...timing })
}

function asked(kind: string, { url }: ServiceAddress, signal: AbortSignal, witness: Witness): Witness {
  return { testify: (content, key) => ask(kind, url, signal, () => witness.testify(content, key)) }
}
