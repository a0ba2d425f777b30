import { z } from 'zod'
import type { Difference } from '../../verifiers/model/comparison.ts'

/** Longer texts are shown as the JSON they are part of, which is cut. In characters. */
const text = z.string().max(20_000)

/** One place where two texts differ, with what stands around it. */
const textChangeSchema = z.object({
  line: z.number(),
  column: z.number(),
  published: text,
  rebuilt: text,
  before: text.default(''),
  after: text.default(''),
  alarms: z.array(text).max(100).default([]),
  causes: z.array(text).max(100).default([]),
})

/** One value of a JSON document; texts of JSON, absent on the side that has no such member. */
const valueChangeSchema = z.object({
  pointer: text,
  published: text.optional(),
  rebuilt: text.optional(),
})

const factsSchema = z.record(z.string(), z.union([z.string(), z.number(), z.boolean()]))

const bytesSchema = z.object({
  offset: z.number().nonnegative(),
  bytes: z.object({
    published: z.object({ hex: hexSchema(), text: z.string() }),
    rebuilt: z.object({ hex: hexSchema(), text: z.string() }),
    /** Of the first byte that is shown. */
    from: z.number().nonnegative().optional(),
  }),
})

function hexSchema() {
  return text.regex(/^(?:[0-9a-f]{2})*$/)
}

const passSchema = z.object({
  id: z.string(),
  version: z.number(),
  published: z.string().optional(),
  rebuilt: z.string().optional(),
})

const placeSchema = z.object({ offset: z.number(), size: z.number() })
const partSchema = z.object({ name: z.string(), published: placeSchema.optional(), rebuilt: placeSchema.optional() })
const stringSchema = z.object({ offset: z.number(), text: z.string() })

const exampleSchema = z.object({ path: z.string(), published: z.string(), rebuilt: z.string() })

export type TextChange = z.infer<typeof textChangeSchema>
export type ValueChange = z.infer<typeof valueChangeSchema>
export type ByteView = { offset: number; from: number; published: string; rebuilt: string }

/** What the evidence of a difference holds for the eye. What is of no known shape stays in `others`, as it is. */
export type Evidence = {
  texts: TextChange[]
  values: ValueChange[]
  /** How many changes there are, of which `texts` or `values` are the first. */
  count: number
  /** Hexadecimal, around the first byte that differs. */
  bytes: ByteView | undefined
  facts: { published?: Record<string, string | number | boolean>; rebuilt?: Record<string, string | number | boolean> }
  passes: z.infer<typeof passSchema>[]
  /** Sections of a binary that differ. */
  parts: z.infer<typeof partSchema>[]
  /** Texts that only the published binary has. */
  strings: z.infer<typeof stringSchema>[]
  examples: z.infer<typeof exampleSchema>[]
  others: [string, unknown][]
}

// Made once: making a schema takes longer than using it.
const number = z.number()
const lists = {
  textChange: z.array(textChangeSchema),
  valueChange: z.array(valueChangeSchema),
  pass: z.array(passSchema),
  example: z.array(exampleSchema),
  part: z.array(partSchema),
  string: z.array(stringSchema),
}

/** Evidence may come from a file that somebody else wrote: each part is checked, and shown as JSON where it is another. */
export function readEvidence({ evidence }: Difference): Evidence {
  const read = <Of>(schema: z.ZodType<Of>, value: unknown): Of | undefined =>
    value === undefined ? undefined : schema.safeParse(value).data
  const texts = read(lists.textChange, evidence.changes) ?? []
  const values = read(lists.valueChange, evidence.changes) ?? []
  const view = 'bytes' in evidence ? read(bytesSchema, evidence) : undefined
  const published = read(factsSchema, evidence.published)
  const rebuilt = read(factsSchema, evidence.rebuilt)
  const passes = read(lists.pass, evidence.passes)
  const parts = read(lists.part, evidence.parts)
  const strings = read(lists.string, evidence.strings)
  const examples = read(lists.example, evidence.examples)
  const used = new Set<string>()
  if (texts.length > 0 || values.length > 0)
    for (const key of ['changes', 'count', 'lines', 'alarms', 'causes']) used.add(key)
  if (view) for (const key of ['bytes', 'offset']) used.add(key)
  if (published) used.add('published')
  if (rebuilt) used.add('rebuilt')
  if (passes) used.add('passes')
  if (examples) used.add('examples')
  if (parts) used.add('parts')
  if (strings) used.add('strings')
  return {
    texts,
    values,
    count: read(number, evidence.count) ?? Math.max(texts.length, values.length),
    bytes: view && {
      offset: view.offset,
      from: view.bytes.from ?? Math.max(0, view.offset - 8),
      published: view.bytes.published.hex,
      rebuilt: view.bytes.rebuilt.hex,
    },
    facts: { ...(published && { published }), ...(rebuilt && { rebuilt }) },
    passes: passes ?? [],
    examples: examples ?? [],
    parts: parts ?? [],
    strings: strings ?? [],
    others: Object.entries(evidence).filter(([key]) => !used.has(key)),
  }
}
