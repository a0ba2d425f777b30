import { readFileSync } from 'node:fs'
import { join } from 'node:path'

/** From package.json, which stands one level higher when this file runs from `dist/`. */
const folder = import.meta.dirname
const root = folder.endsWith(join('dist', 'cli')) ? join(folder, '..', '..') : join(folder, '..')

export const version: string = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')).version
