import type { StampCause } from './cause.ts'

const processor = /\b(?:x64|x86_64|amd64|arm64|aarch64)\b/g
const system = /\b(?:linux|darwin|win32)(?=-(?:«processor»|gnu|musl)|_«processor»|\/«processor»)/g

/** Only behind or before the name of a processor: `linux-x64`, `darwin-arm64`. */
export const architecture: StampCause = {
  id: 'architecture',
  title: 'the processor and system that was built on',
  mask: (literal) => literal.replace(processor, '«processor»').replace(system, '«system»'),
}
