// The `node` devDependency installs its binary in a script, from a package that package-lock.json does not cover. Its
// digest is therefore kept here and checked by the Node that runs npm, before anything is run on the pinned one.
import { createHash } from 'node:crypto'
import { createReadStream, existsSync, readFileSync } from 'node:fs'
import { pipeline } from 'node:stream/promises'

const binary = new URL('../node_modules/node/bin/node', import.meta.url)
if (!existsSync(binary)) process.exit(0)

const { version } = JSON.parse(readFileSync(new URL('../node_modules/node/package.json', import.meta.url), 'utf8'))
const platform = `${process.platform}-${process.arch}`
const pinned = JSON.parse(readFileSync(new URL('node-digests.json', import.meta.url), 'utf8'))
const expected = pinned[version]?.[platform]
const hash = createHash('sha256')
await pipeline(createReadStream(binary), hash)
const actual = hash.digest('hex')

if (actual !== expected) {
  process.stderr.write(
    expected
      ? `node_modules/node/bin/node is not the Node ${version} that this repository pins: sha256 ${actual}, expected ${expected}.\n`
      : `tools/node-digests.json has no digest for Node ${version} on ${platform}; the binary here has sha256 ${actual}.\n`,
  )
  process.exit(1)
}
