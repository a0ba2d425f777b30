#!/usr/bin/env node
// Plain JavaScript on purpose: it must be able to say which Node is needed on a Node that cannot run the rest.
import { existsSync } from 'node:fs'
import module from 'node:module'
import { homedir } from 'node:os'
import { join } from 'node:path'

const [major, minor] = process.versions.node.split('.').map(Number)
const supported = (major === 22 && minor >= 22) || (major === 24 && minor >= 15) || major >= 26
if (!supported) {
  process.stderr.write(
    `reproof needs Node 22.22.2 or later, 24.15 or later, or 26 and later; this is ${process.versions.node}.\n`,
  )
  process.exit(2)
}
// Halves the start. Never in Node's default, the shared temporary folder: whoever may write there could plant code.
const { REPROOF_CACHE, XDG_CACHE_HOME } = process.env
module.enableCompileCache(
  join(REPROOF_CACHE ?? join(XDG_CACHE_HOME || join(homedir(), '.cache'), 'reproof'), 'compiled'),
)
// A clone runs its sources as they are; the published package has only what tsc made of them, because Node does not
// strip types below node_modules.
const sources = new URL('../cli/main.ts', import.meta.url)
const { main } = await import(existsSync(sources) ? sources.href : new URL('../dist/cli/main.js', import.meta.url).href)
await main(process.argv)
