/** What a program that shows a document would run. */
const active =
  /<(?:\s*\/)?\s*(?:script|iframe|object|embed|form|meta|base|link|svg|style)\b|\bon[a-z]{3,20}\s*=|\b(?:java|vb)script:|data:text\/html/gi

/** What people are told to type. */
const command =
  /\b(?:npm|npx|pnpm|yarn|bunx?|pip3?|pipx|uvx?|cargo|gem|brew|apt(?:-get)?|docker|deno|go)\s+(?:i|install|add|exec|dlx|run|x|create|init|get)\b[^\n`]{0,200}|\b(?:curl|wget|iwr|irm|sudo|chmod)\s[^\n`]{1,200}|\|\s*(?:ba|z|da)?sh\b/gi

const module =
  /\bfrom\s*["'][^"'\n]{1,200}["']|\bimport\s*(?:\(\s*)?["'`][^"'`\n]{1,200}["'`]|\brequire\s*\(\s*["'][^"'\n]{1,200}["']|^[ \t]{0,40}\/\/\/[ \t]{0,40}<[^\n]{1,200}/gm

/** For text that people read: what runs where it is shown, and commands and places that the rebuild does not tell them. */
export function alarmsOfDocument(text: string, other: string): string[] {
  return [
    ...(isNew(active, text, other) ? ['something that runs where it is shown'] : []),
    ...(isNew(command, text, other) ? ['a command'] : []),
    ...(isNew(run, text, other) ? ['a long run of characters, as encoded data has'] : []),
  ]
}

/** Hosts that a document leads to, and the rebuilt one does not anywhere. */
export function alarmsOfHosts(text: string, other: string): string[] {
  return isNew(host, text.toLowerCase(), other.toLowerCase()) ? ['an address on another host'] : []
}

/** For declarations: modules that the compiler would load, names for all files, and types that forbid nothing, or all. */
export function alarmsOfTypes(text: string, other: string): string[] {
  const alarms = isNew(module, text, other) ? ['another module'] : []
  return isMore(loose, text, other) ? [...alarms, 'types that check less, or are for all files'] : alarms
}

const loose = /\b(?:any|never|global|module)\b/g

const host = /\b[a-z][a-z0-9+.-]{1,10}:\/\/(?:[^\s/@]{1,64}@)?[\w.-]{1,253}/g

const run = /[A-Za-z0-9+/]{60,}={0,2}/g

const encoded = /[A-Za-z0-9+/]{100,}={0,2}|(?:[A-Za-z0-9+/]{60,76}\s+){3,}/

/** For a whole document that has no counterpart. */
export function alarmsOfWholeDocument(text: string): string[] {
  const alarms = /<\s*(?:script|iframe|object|embed)\b|\bjavascript:/i.test(text)
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

function isNew(pattern: RegExp, text: string, other: string): boolean {
  const known = new Set(found(pattern, other))
  return found(pattern, text).some((one) => !known.has(one))
}

function found(pattern: RegExp, text: string): string[] {
  return (text.match(pattern) ?? []).map((one) => one.trim().replace(/\s+/g, ' '))
}
