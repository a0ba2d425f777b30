import { type AttestationContent, contentFrom, recognises } from './formats.ts'
import { decodeText, parseJson } from './json.ts'
import { type Fault, isRecord } from './model.ts'

/** How many attestations are read from one file. */
const most = 20_000

export type Origin = {
  /** As the user named it. */
  file: string
  /** Place among the attestations of the file, from 0. */
  index: number
  /** Of a JSON Lines file, from 1. */
  line?: number
}

export type Attestation = {
  origin: Origin
  /** The predicate type that stands beside the bundle, which nobody signed. */
  label?: string
} & (
  | {
      content: AttestationContent
      /** As it was read, for those who keep it or hand it on. */
      raw: unknown
    }
  | { fault: Fault }
)

export type Reading = {
  attestations: Attestation[]
  /** Lines and entries that are no attestations; https://github.com/in-toto/attestation/blob/main/spec/v1/bundle.md has them ignored. */
  ignored: { line?: number; reason: string }[]
}

/**
 * The attestations in a file of any format that is in use. The content decides, not the name: a Sigstore bundle, a DSSE
 * envelope, the npm registry's or GitHub's list of attestations, a PEP 740 object, an array or JSON Lines of any of them.
 */
export function readAttestations({ bytes, file }: { bytes: Uint8Array; file: string }): Reading {
  const decoded = decodeText(bytes)
  if ('fault' in decoded) return faulty(file, decoded.fault)
  const whole = parseJson(decoded.text)
  if ('value' in whole) return collect(file, [{ value: whole.value }], [])
  const lines = decoded.text.split('\n').map((text, index) => ({ text: text.trim(), line: index + 1 }))
  const reading = fromLines(
    file,
    lines.filter(({ text }) => text !== ''),
  )
  return reading ?? faulty(file, whole.fault)
}

/** Nothing when the lines are not JSON Lines, so that the fault of the whole document is the one to report. */
function fromLines(file: string, lines: { text: string; line: number }[]): Reading | undefined {
  if (lines.length < 2) return undefined
  const values: Found[] = []
  const ignored: Reading['ignored'] = []
  for (const { text, line } of lines) {
    const parsed = text.startsWith('{') || text.startsWith('[') ? parseJson(text) : undefined
    if (parsed === undefined) ignored.push({ line, reason: 'It is no JSON object.' })
    else if ('fault' in parsed && parsed.fault.code === 'FORMAT_NOT_JSON')
      ignored.push({ line, reason: parsed.fault.detail })
    else if ('fault' in parsed) values.push({ fault: parsed.fault, line })
    else if (recognises(parsed.value) || Array.isArray(parsed.value)) values.push({ value: parsed.value, line })
    else ignored.push({ line, reason: 'It is no attestation.' })
  }
  return values.some((found) => 'value' in found) ? collect(file, values, ignored) : undefined
}

type Found = { line?: number } & ({ value: unknown } | { fault: Fault })

function collect(file: string, found: Found[], ignored: Reading['ignored']): Reading {
  const attestations: Attestation[] = []
  const add = (
    line: number | undefined,
    rest: { label?: string } & ({ content: AttestationContent; raw: unknown } | { fault: Fault }),
  ) => attestations.push({ origin: { file, index: attestations.length, ...(line !== undefined && { line }) }, ...rest })
  for (const one of found) {
    if ('fault' in one) {
      add(one.line, { fault: one.fault })
      continue
    }
    for (const leaf of leaves(one.value, 0)) {
      if (attestations.length === most) {
        const detail = `The file has more than ${most} attestations; split it.`
        return faulty(file, { code: 'FORMAT_TOO_MANY', detail })
      }
      if ('ignored' in leaf) ignored.push({ ...(one.line !== undefined && { line: one.line }), reason: leaf.ignored })
      else {
        const read = contentFrom(leaf.value)
        const label = leaf.label === undefined ? {} : { label: leaf.label }
        add(one.line, 'fault' in read ? { ...label, ...read } : { ...label, ...read, raw: leaf.value })
      }
    }
  }
  return { attestations, ignored }
}

const faulty = (file: string, fault: Fault): Reading => ({
  attestations: [{ origin: { file, index: 0 }, fault }],
  ignored: [],
})

type Leaf = { value: unknown; label?: string } | { ignored: string }

/** Single attestations out of the lists that services answer with; three lists within lists are the most there is. */
function* leaves(value: unknown, depth: number, label?: string): Generator<Leaf> {
  const within = depth < 3 ? listIn(value) : undefined
  if (within) {
    for (const item of within) yield* leaves(item, depth + 1)
  } else if (isRecord(value) && !recognises(value) && 'bundle' in value) {
    const { bundle, predicateType } = value
    if (isRecord(bundle)) yield* leaves(bundle, depth + 1, typeof predicateType === 'string' ? predicateType : label)
    else yield { ignored: 'It has only the address of a bundle, not the bundle; download it first.' }
  } else if (isRecord(value) && isRecord(value.attestation) && 'bundle' in value.attestation) {
    yield* leaves(value.attestation, depth + 1)
  } else if (isRecord(value) && recognises(value.envelope) && !('verification_material' in value)) {
    yield { value: value.envelope }
  } else {
    yield { value, ...(label !== undefined && { label }) }
  }
}

/**
 * npm and GitHub: `attestations`; PyPI: `attestation_bundles`, each with `attestations`; Google Cloud Build, as
 * `gcloud artifacts docker images describe --show-provenance` prints it: `provenance`, each with an `envelope`.
 */
function listIn(value: unknown): unknown[] | undefined {
  if (Array.isArray(value)) return value
  if (!isRecord(value)) return undefined
  const { attestations, attestation_bundles: bundles, provenance_summary: summary } = value
  return [attestations, bundles, isRecord(summary) ? summary.provenance : undefined].find(Array.isArray)
}
