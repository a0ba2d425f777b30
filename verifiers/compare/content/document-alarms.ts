/**
 * What a program that shows a document would run. Some tags do so only with attributes: `#<Object>` in the words of an
 * error shows nothing but what stands in it (HTML, 4.8.7).
 */
const active =
  /<(?:\s*\/)?\s*(?:(?:object|embed|meta|base|link)(?!\s*\/?>)|script|iframe|form|svg|style)\b|\bon[a-z]{3,20}\s*=|\b(?:java|vb)(?:script|&#)|&#(?:x?[0-9a-f]{1,6});?(?:script:|avascript)|data:(?:text\/html|image\/svg)|^\.\.\s+(?:raw|include|literalinclude)::|^include::/gim

/** What people are told to type, or copy into their settings. */
export const command = new RegExp(
  [
    /\b(?:npm|pnpm|yarn|bun|pip3?|pipx|uv|cargo|gem|brew|apt(?:-get)?|apk|dnf|yum|pacman|choco|winget|scoop|docker|podman|deno|go|dotnet|nuget|composer|helm|nix|conda|git)\s+(?:(?:--?\w[^\s`]{0,40}|global|tool|pip)\s+){0,4}(?:i|install|add|exec|dlx|run|x|create|init|get|require|pull|clone|profile|env)\b[^\n`]{0,200}/,
    /\b(?:npx|bunx|pnpx|uvx)\s[^\n`]{1,200}/,
    // Settings of these, and what else is done with what nobody should touch.
    /\b(?:npm|pnpm|yarn|bun|pip3?|git)\s+config\b[^\n`]{1,200}|\bNODE_[A-Z_]{1,40}=[^\n`]{1,200}|\bcrontab\s+-[^\n`]{0,200}|\bdd\s+if=[^\n`]{1,200}|(?:~|\$HOME|\$\{HOME\})\/\.(?:ssh|npmrc|aws|gnupg|netrc|(?:bash|zsh)(?:rc|_profile)|profile|config)\b[^\n`]{0,200}/,
    /\b(?:curl|wget|iwr|irm|iex|sudo|chmod|chown|powershell(?:\.exe)?|pwsh|ssh|scp|kubectl|rm\s+-\w{1,4})\s[^\n`]{1,200}/,
    /\b(?:python3?|node|bash|sh|ruby|perl|php)\s+-[cemrp]\b[^\n`]{0,200}|\b(?:bash|sh|source)\s+<\([^\n`]{0,200}|\beval\s+["`$][^\n`]{0,200}/,
    /\|\s*(?:sudo\s+)?(?:ba|z|da)?sh\b/,
    // A workflow's step, an image, and a dependency with its version.
    /\buses:\s*[^\s`]{1,200}|^[ \t]{0,20}FROM[ \t]{1,20}[^\s`]{1,200}|["'][@\w./-]{1,100}["']\s{0,4}[:,=]\s{0,4}["'][~^<>=]{0,2}\s?v?\d{1,6}(?:\.\d{1,6}){1,3}[^"'\n]{0,40}["']/,
    // All dependencies, and a script for a page.
    /"(?:dev|peer|optional)?dependencies"\s{0,4}:\s{0,4}\{[^{}]{1,2000}\}|<script\b[^>\n]{1,300}/,
  ]
    .map(({ source }) => source)
    .join('|'),
  'gim',
)

const module =
  /\bfrom\s*["'][^"'\n]{1,200}["']|\bimport\s*(?:\(\s*)?["'`][^"'`\n]{1,200}["'`]|\brequire\s*\(\s*["'][^"'\n]{1,200}["']|^[ \t]{0,40}\/\/\/[ \t]{0,40}<[^\n]{1,200}/gm

/** For text that people read: what runs where it is shown, and commands and places that the rebuild does not tell them. */
export function alarmsOfDocument(text: string, other: string): string[] {
  return [
    ...(isNew(active, text, other) ? ['something that runs where it is shown'] : []),
    ...(isNew(command, text, other) ? ['a command'] : []),
    ...(isNew(hidden, text, other) ? ['words that nobody sees where it is shown'] : []),
    ...(isNew(download, text, other) ? ['a program to fetch'] : []),
    ...(isNew(purse, text, other) ? ['an address that is paid to'] : []),
    ...(isNew(run, withoutSlashes(text), withoutSlashes(other))
      ? ['a long run of characters, as encoded data has']
      : []),
  ]
}

/** For a page of a manual: what does more than to show words in some place and letters. Others run programs, or take in files. */
export function alarmsOfManual(text: string, other: string): string[] {
  return isNew(request, text, other) ? ['a request to what shows it'] : []
}

/** man(7) of groff, and comments; lines that begin otherwise are words, and in words some escapes are letters. */
const request =
  /^'[^\n]*|^\.(?!(?:[ \t]*(?:TH|S[HS]|[PL]?P|[ITH]P|TQ|R[SE]|[BIR]{1,2}|S[MB]|U[RE]|M[TE]|E[XE]|PD|nf|fi|br|sp|ad|na|hy|nh|ne|in|ti|ft)(?![\w\\])|\\"))[^\n]*|\\(?!["\\ &~|^.%'`e0-]|f[BIRP]|f\([BIRPCW]{2}|\([\w*"'+=-]{2})[^\n]?/gm

/** Hosts that a document leads to, and the rebuilt one does not anywhere. */
export function alarmsOfHosts(text: string, other: string): string[] {
  return isNew(host, text.toLowerCase(), other.toLowerCase()) ? ['an address on another host'] : []
}

/** For declarations: modules that the compiler would load, names for all files, and types that forbid nothing, or all. */
export function alarmsOfTypes(text: string, other: string): string[] {
  const alarms = isNew(module, text, other) ? ['another module'] : []
  return isMore(loose, text, other) ? [...alarms, 'types that check less, or are for all files'] : alarms
}

const loose = /\b(?:any|unknown|never|global|module|as\s+namespace)\b/g

/** With or without a scheme, of the addresses of people, and what is called a host and is no member of an object. */
const host =
  /(?:\b[a-z][a-z0-9+.-]{1,10}:|(?<=[\s("'<=]))\/\/(?:[^\s/@]{1,64}@)?[\w.-]{1,253}(?::\d{1,5})?|\bwww\.[\w.-]{1,253}|(?<=[\w.+-])@(?:[\w-]{1,63}\.){1,8}[a-z]{2,24}\b(?!\.\d)|(?<=\b(?:host|hostname|mirror|registry)["']?\s{0,4}[:=]\s{0,4}["']?)(?!(?:process|options?|opts|config|settings|this|self|env|req|request|window|location|url|os)\.)(?:[\w-]{1,63}\.){1,8}[a-z]{2,24}\b(?![.(])/g

/**
 * What people are not shown, and programs that read the text are told: a comment with a sentence in it, or with one of the
 * words by which these are talked to; what is so styled, or far to the right.
 */
export const hidden = new RegExp(
  [
    /<!--(?:(?!-->)[^\w]{1,100}(?:(?!-->)\w){1,100}){8,400}/,
    /<!--(?:(?!-->)[\s\S]){0,300}?\b(?:instructions?|assistants?|agents?|prompts?|llms?)\b/,
    /<[a-z][\w-]{0,20}\s(?:[^<>]{0,200}\s)?hidden(?=[\s=>/])|<[a-z][^<>]{0,200}\bstyle\s*=\s*["']?[^<>]{0,200}?(?:display\s*:\s*none|visibility\s*:\s*hidden|(?:font-size|opacity)\s*:\s*0|\bcolor\s*:\s*(?:#f{3,8}\b|white|transparent))|<font\b[^<>]{0,100}\b(?:size\s*=\s*["']?0|color\s*=\s*["']?(?:#f{3,8}\b|white))/,
    /^\[[^\]\n]{1,40}\]:[ \t]{0,4}#[ \t]{0,4}[("'][^\n]{1,400}|(?<![ \t])[ \t]{100}[ \t]*\S[^\n]{0,200}/,
  ]
    .map(({ source }) => source)
    .join('|'),
  'gim',
)

/** Where money goes to; in the alphabet and the lengths of BIP 173, which no commit has. */
export const purse =
  /\b(?:bc1[ac-hj-np-z02-9]{39,59}|0x[0-9a-fA-F]{40}|[13][1-9A-HJ-NP-Za-km-z]{25,34}|[48][1-9A-HJ-NP-Za-km-z]{94})\b/g

/** What is run once it is fetched. */
export const download =
  /\b[a-z]{3,5}:\/\/[^\s"'<>()`]{1,300}?(?:\/releases\/download\/[^\s"'<>()`]{1,200}|\.(?:exe|msi|dmg|pkg|deb|rpm|appimage|sh|ps1|bat|cmd|jar|apk|vsix|xpi|crx|whl)\b)/gi

/** Languages by which a block of code in Markdown is one of a shell. */
const shell =
  /^[ \t]{0,8}(?:```|~~~)[ \t]*(?:sh|bash|zsh|fish|shell|console|terminal|shell-session|shellsession|powershell|pwsh|ps1?|cmd|bat|batch)\b/i
const fence = /^[ \t]{0,8}(?:```|~~~)/

/** The lines that people are shown as those of a shell: in such a block, or behind a prompt. */
function shellLines(text: string): string[] {
  let isShell = false
  let isBlock = false
  return text.split('\n').flatMap((line) => {
    if (fence.test(line)) {
      isShell = !isBlock && shell.test(line)
      isBlock = !isBlock
      return []
    }
    const typed = /^[ \t]{0,40}\$[ \t](.{1,400})/.exec(line)?.[1] ?? (isShell ? line.slice(0, 400) : '')
    const plain = typed.trim().replace(/\s+/g, ' ')
    return plain === '' || plain.startsWith('#') ? [] : [plain]
  })
}

/** Whether people are shown a line of a shell that the rebuilt document does not have, whatever it runs. */
export function alarmsOfShell(text: string, other: string): string[] {
  const known = new Set(shellLines(other))
  return shellLines(text).some((line) => !known.has(line)) ? ['a command'] : []
}

/** For the comments of declarations, which editors show, and some tools act on. */
export function alarmsOfTypeComments(text: string, other: string): string[] {
  return [
    ...alarmsOfDocument(text, other),
    ...alarmsOfHosts(text, other),
    ...(isNew(acted, text, other) ? ['a comment that tools act on'] : []),
  ]
}

/** Where a map is taken from, but for a file beside it; and what keeps the compiler from looking. */
const acted =
  /[#@]\s?source(?:Mapping)?URL=(?:[\w+.-]{1,20}:|\/|[^\n]{0,200}\.\.\/)[^\n]{0,200}|@ts-(?:nocheck|ignore|expect-error)\b/g

const run = /[A-Za-z0-9+/]{60,}={0,2}/g

/** In the address of a commit the slashes are no part of its digest, which release notes lead to. */
function withoutSlashes(text: string): string {
  return text.replace(/\bhttps?:\/\/[^\s"'<>()`]{1,1000}/gi, (address) => address.replaceAll('/', ' '))
}

const encoded = /[A-Za-z0-9+/]{100,}={0,2}|(?:[A-Za-z0-9+/]{60,76}\s+){3,}/

/** For a whole document that has no counterpart. */
export function alarmsOfWholeDocument(text: string): string[] {
  const alarms =
    /<\s*(?:script|iframe|(?:object|embed)(?!\s*\/?>))\b|<[^>]{0,200}\son[a-z]{3,20}\s*=\s*[^\s{]|\bjavascript:|\|\s*(?:ba|z|da)?sh\b/i.test(
      text,
    )
      ? ['something that runs where it is shown']
      : []
  return encoded.test(text) ? [...alarms, 'a long run of characters, as encoded data has'] : alarms
}

/** The same word stands in many places, so that it counts how often. */
function isMore(pattern: RegExp, text: string, other: string): boolean {
  const left = new Map<string, number>()
  for (const one of found(pattern, other)) left.set(one, (left.get(one) ?? 0) + 1)
  return found(pattern, text).some((one) => {
    const count = (left.get(one) ?? 0) - 1
    left.set(one, count)
    return count < 0
  })
}

/** Whether a text has what the other has not. */
export function isNew(pattern: RegExp, text: string, other: string): boolean {
  const known = new Set(found(pattern, other))
  return found(pattern, text).some((one) => !known.has(one))
}

function found(pattern: RegExp, text: string): string[] {
  return (text.match(pattern) ?? []).map((one) => one.trim().replace(/\s+/g, ' '))
}
