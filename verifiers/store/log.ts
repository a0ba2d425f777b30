import { createWriteStream } from 'node:fs'
import { finished } from 'node:stream/promises'

/** A file that a build's output goes to: bounded on the disk, with its end at hand for a report. */
export type Log = AsyncDisposable & {
  add(chunk: Uint8Array): void
  /** The last lines, at most 16 KiB, as text that is safe to keep: no control characters but tabs and line feeds. */
  tail(): string
  close(): Promise<void>
}

const largestLog = 64 * 1024 * 1024
const tailLength = 16 * 1024

/** Opens the log for a new build: what an earlier attempt left there goes. */
export function openLog(file: string): Log {
  const stream = createWriteStream(file)
  let failure: Error | undefined
  stream.on('error', (error) => {
    failure = error
  })
  let written = 0
  let end = Buffer.alloc(0)
  const log: Log = {
    add(chunk) {
      end = Buffer.concat([end, chunk.subarray(-tailLength)]).subarray(-tailLength)
      if (written >= largestLog) return
      const kept = chunk.subarray(0, largestLog - written)
      written += kept.length
      stream.write(kept)
      if (written >= largestLog) stream.write(`\n[the rest of this log is left out: more than ${largestLog} bytes]\n`)
    },
    tail: () => safeText(end.toString('utf8')),
    async close() {
      if (!stream.writableEnded) stream.end()
      await finished(stream).catch((error) => {
        failure ??= error
      })
      if (failure) throw failure
    },
    [Symbol.asyncDispose]: () => log.close(),
  }
  return log
}

/** What a terminal would have shown of it: escape sequences and the control characters that are left go. */
export function safeText(text: string): string {
  return text
    .replace(/\u001b\][^\u0007\u001b]*(?:\u0007|\u001b\\)/g, '')
    .replace(/\u001b\[[0-?]*[ -/]*[@-~]/g, '')
    .replace(/\r\n?/g, '\n')
    .replace(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u200e\u200f\u202a-\u202e\u2066-\u2069]/g, '\ufffd')
}
