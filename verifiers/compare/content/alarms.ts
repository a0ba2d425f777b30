import { invisible } from '../names.ts'

/**
 * What code needs in order to reach out of itself: other modules, other code, the network, files, processes, the
 * environment, what others typed. One of these in published code, and not in the rebuild, is never noise.
 */
const reach: Record<string, readonly string[]> = {
  'loads other code': [
    'require',
    'import',
    'importScripts',
    'createRequire',
    '_load',
    'dlopen',
    'process.binding',
    'WebAssembly',
  ],
  'runs text as code': [
    'eval',
    'Function',
    'AsyncFunction',
    'GeneratorFunction',
    'vm',
    'runInContext',
    'runInThisContext',
    'runInNewContext',
    'execScript',
    'constructor',
    '__proto__',
    'Reflect',
    'Proxy',
  ],
  'starts programs': [
    'child_process',
    'exec',
    'execSync',
    'execFile',
    'execFileSync',
    'spawn',
    'spawnSync',
    'fork',
    'worker_threads',
    'Worker',
    'kill',
  ],
  'uses the network': [
    'fetch',
    'XMLHttpRequest',
    'WebSocket',
    'EventSource',
    'sendBeacon',
    'RTCPeerConnection',
    'http',
    'https',
    'http2',
    'net',
    'tls',
    'dns',
    'dgram',
    'axios',
    'got',
    'undici',
    'request',
  ],
  'uses files': [
    'fs',
    'readFile',
    'readFileSync',
    'writeFile',
    'writeFileSync',
    'appendFile',
    'appendFileSync',
    'createReadStream',
    'createWriteStream',
    'unlink',
    'unlinkSync',
    'chmod',
    'chmodSync',
    'rename',
    'rmSync',
    'mkdirSync',
  ],
  'reads the surroundings': [
    'process',
    'env',
    'os',
    'homedir',
    'hostname',
    'userInfo',
    'globalThis',
    'global',
    'window',
    'self',
    'document',
    'navigator',
    'location',
    'cookie',
    'localStorage',
    'sessionStorage',
    'indexedDB',
    'clipboard',
    'ethereum',
    'Deno',
    'Bun',
    'mainModule',
  ],
  'decodes hidden text': [
    'atob',
    'btoa',
    'unescape',
    'decodeURIComponent',
    'decodeURI',
    'fromCharCode',
    'fromCodePoint',
    'charCodeAt',
    'Buffer',
    'TextDecoder',
    'inflateSync',
    'gunzipSync',
    'createDecipheriv',
  ],
  'waits or watches': ['setTimeout', 'setInterval', 'setImmediate', 'addEventListener', 'MutationObserver'],
}

const reachByName = new Map(
  Object.entries(reach).flatMap(([what, names]) => names.map((name) => [name, what] as const)),
)

/** What a name in code reaches, in words; `undefined` for a name that reaches nothing by itself. */
export function reachOf(name: string): string | undefined {
  return reachByName.get(name)
}

const longRun = /[A-Za-z0-9+/=_-]{24,}|(?:0x)?[0-9a-fA-F]{20,}/
const address = /\b(?:[a-z][a-z0-9+.-]{1,10}:)?\/\/[^\s"'`]{3,}|\bdata:|\bjavascript:|\b\d{1,3}(?:\.\d{1,3}){3}\b/i
const escapes = /(?:\\x[0-9a-fA-F]{2}|\\u\{?[0-9a-fA-F]{2,6}\}?|\\[0-7]{2,3}){3,}/

/** What makes a literal more than words: an address, encoded data, escapes, or characters that nobody sees. */
export function alarmsOfLiteral(text: string): string[] {
  const alarms: string[] = []
  if (address.test(text)) alarms.push('an address')
  if (escapes.test(text)) alarms.push('escaped characters')
  else if (longRun.test(text)) alarms.push('a long run of characters, as encoded data has')
  if (hasInvisible(text)) alarms.push('invisible characters')
  return alarms
}

const codeLike =
  /[\w$\])]\s*\(|=>|\beval\b|\brequire\b|\bimport\b|[{;]\s{0,40}[^\s=]{1,100}\s{0,40}=|\$\(|<script|\bsourceMappingURL\b|`/

/**
 * For a document: items of a list and headings are words, in which `http` or `eval` is only named; there only what is
 * called, or loaded by its name, is code.
 */
export function alarmsOfDocumentText(text: string): string[] {
  const isProse = (line: string) => /^\s*(?:[-*+]|\d{1,3}[.)]|#{1,6})\s/.test(line)
  const lines = text.split('\n')
  const alarms = alarmsOfProse(lines.filter((line) => !isProse(line)).join('\n'))
  const prose = lines.filter(isProse).join('\n')
  const isCode = applied.test(prose)
  return [...new Set([...alarms, ...alarmsOfLiteral(prose), ...(isCode ? ['code'] : [])])]
}

/** For text outside of code (comments, documents): also whether code is written in it. */
export function alarmsOfProse(text: string): string[] {
  // `[a](https://…)` is a link, and `https` no module there; addresses are looked at by themselves.
  const words = text.replace(/\bhttps?:\/\//g, ' ').match(/[\w$]+/g) ?? []
  const names = words.filter((name) => reachOf(name) !== undefined)
  return [...alarmsOfLiteral(text), ...(codeLike.test(text) && names.length > 0 ? ['code'] : [])]
}

const names = Object.values(reach).flat().join('|')
/** A name that reaches out, called or before a text; `process(es)` and `fix(http)` are words. */
const applied = new RegExp(
  `(?<![\\w$])(?:${names})(?:(?:\\?\\.)?\\((?!e?s\\))|\\s{0,20}\\(?\\s{0,20}["'])|<script|\\bsourceMappingURL\\b`,
)

export function hasInvisible(text: string): boolean {
  const shown = text.replace(/[\t\n\r\f]/g, '')
  return invisible.test(shown) && invisible.test(shown.replace(emoji, ''))
}

/**
 * Emoji that everybody sees, of more characters than one: those that Unicode names, whose parts say nothing besides
 * (UTS 51, ED-20 and ED-25). Flags that are written in tags are not among them.
 */
const emoji = /[\p{Basic_Emoji}\p{Emoji_Keycap_Sequence}\p{RGI_Emoji_Modifier_Sequence}\p{RGI_Emoji_ZWJ_Sequence}]/gv

/** What a word processor left between two words of an item of a list, where no line is a line of code. */
const strayedSeparator = /^([ \t]*[-*+] [^\n\u2028\u2029]*\p{L})[\u2028\u2029](?= \p{L})/mu

/** Of more, which are which could say something. */
export const mostStrayed = 1

/** A document without the separator that can have strayed into it. */
export function withoutStrayedSeparator(text: string): string {
  return separatorsIn(text) > mostStrayed ? text : text.replace(strayedSeparator, '$1')
}

/** How many separators of lines and of paragraphs a text has. */
export function separatorsIn(text: string): number {
  return text.match(/[\u2028\u2029]/g)?.length ?? 0
}
