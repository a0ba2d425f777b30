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

/** For text outside of code (comments, documents): also whether code is written in it. */
export function alarmsOfProse(text: string): string[] {
  // `[a](https://…)` is a link, and `https` no module there; addresses are looked at by themselves.
  const words = text.replace(/\bhttps?:\/\//g, ' ').match(/[\w$]+/g) ?? []
  const names = words.filter((name) => reachOf(name) !== undefined)
  return [...alarmsOfLiteral(text), ...(codeLike.test(text) && names.length > 0 ? ['code'] : [])]
}

export function hasInvisible(text: string): boolean {
  return invisible.test(text.replace(/[\t\n\r\f]/g, ''))
}
