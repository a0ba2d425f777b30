/**
 * A program for the pinned Node: asks for the lowest minor version of each range with which the project is developed.
 * Whoever writes `^4.2.0` has just had 4.2, so that this is nearer to what was there than what a registry without history
 * has. The last patch of it: the first one may never have been published, or be gone. Of types few minor versions were ever
 * published; they are taken as TypeScript can read them. What formats knows fewer flags the older it is, and mostly writes the same.
 */
const program = `
const fs = require("fs")
const manifest = JSON.parse(fs.readFileSync("package.json", "utf8"))
const ranges = manifest.devDependencies || {}
Object.keys(ranges).forEach((name) => {
  const parts = !/^@types\\/|^prettier$/.test(name) && /^(\\^?)(\\d+)(?:[.](\\d+))?(?:[.](\\d+(?:-[\\w.]+)?))?$/.exec(ranges[name])
  if (parts && (parts[1] || parts[4] === undefined)) ranges[name] = "~" + [parts[2], parts[3] || "0", parts[4] || "0"].join(".")
})
fs.writeFileSync("package.json", JSON.stringify(manifest, null, 2))`

/** A command that asks for those. */
export const lowestEdit = `node -e '${program.trim()}'`

/** The line of TypeScript that these ranges lead to, `4.0`; `undefined` where they lead to none. */
export function lowestTypeScript(devDependencies: Readonly<Record<string, string>> = {}): string | undefined {
  const range = Object.hasOwn(devDependencies, 'typescript') ? devDependencies.typescript : undefined
  const [, major, minor = '0'] = /^[\^~]?(\d{1,2})(?:\.(\d{1,2}))?(?:\.\d+)?$/.exec(range ?? '') ?? []
  return major === undefined ? undefined : `${major}.${minor}`
}
