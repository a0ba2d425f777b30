import { styleText } from 'node:util'

export type Style = { color: boolean }

const painter =
  (format: Parameters<typeof styleText>[0]) =>
  (text: string, { color }: Style): string =>
    // Whether to colour was decided once, for stdout; the stream that styleText looks at may be another.
    color ? styleText(format, text, { validateStream: false }) : text

export const bold = painter('bold')
export const dim = painter('dim')
export const green = painter('green')
export const red = painter('red')
export const yellow = painter('yellow')
