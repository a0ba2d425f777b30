/** From the strongest to the weakest; `--require` names the weakest that is good enough. */
export const verdicts = [
  'bit-identical',
  'stream-identical',
  'content-identical',
  'equivalent',
  'different',
  'not-rebuilt',
  'not-located',
] as const

export type Verdict = (typeof verdicts)[number]
