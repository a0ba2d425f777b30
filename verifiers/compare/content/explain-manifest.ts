// All of semver takes longer to load than most packages to compare.
import validRange from 'semver/ranges/valid.js'
import { isRewritten } from '../causes/manifest-rewritten.ts'
import type { Severity } from '../difference.ts'
import { alarmsOfProse } from './alarms.ts'
import { alarmsOfDocument } from './document-alarms.ts'
import { explainJson, sameValue, shown } from './explain-json.ts'
import type { Explanation } from './explanation.ts'
import { diffJson, isObject, type Json, type JsonChange, parseJson } from './json.ts'
import { spellingOf } from './repository-spelling.ts'

/** Fields of package.json that decide what is installed, loaded or run; https://docs.npmjs.com/cli/configuring-npm/package-json */
const decisive = new Set([
  'name',
  'version',
  'type',
  'main',
  'module',
  'browser',
  'exports',
  'imports',
  'bin',
  'man',
  'directories',
  'dependencies',
  'optionalDependencies',
  'peerDependencies',
  'peerDependenciesMeta',
  'bundleDependencies',
  'bundledDependencies',
  'overrides',
  'resolutions',
  'gypfile',
  'binary',
  'engines',
  'os',
  'cpu',
  'libc',
  'workspaces',
  'typesVersions',
  'unpkg',
  'jsdelivr',
  'react-native',
  'esnext',
  'jsnext:main',
  'es2015',
  'publishConfig',
  'types',
  'typings',
  'sideEffects',
  'style',
  'sass',
  'svelte',
  'source',
  'config',
  'browserify',
  'dependenciesMeta',
  'acceptDependencies',
  'installConfig',
  'preferUnplugged',
  'napi',
  'prebuild',
  '__proto__',
])

/** Fields that describe. */
const descriptive = new Set(
  `$schema description keywords homepage bugs author contributors maintainers license licenses funding readme
  readmeFilename repository files devDependencies scripts gitHead private deprecated docs`.split(/\s+/),
)

/** Scripts that npm runs where the package is installed; https://docs.npmjs.com/cli/using-npm/scripts */
const installScripts = new Set([
  'preinstall',
  'install',
  'postinstall',
  'prepare',
  'preprepare',
  'postprepare',
  'preuninstall',
  'uninstall',
  'postuninstall',
  'dependencies',
  'prepublish',
])

/** Of these, those that no package manager runs for a package that comes from a registry: tools take them away. */
const sourceScripts = new Set(['prepare', 'preprepare', 'postprepare', 'prepublish'])

/** Fields that count in the package that is worked on, and in none that is installed; without one nothing is otherwise. */
const rootFields = new Set(['resolutions', 'overrides', 'workspaces'])

/** What differs in package.json, field by field, and how much each field can do to whoever installs the package. */
export function explainManifest(published: string, rebuilt: string): Explanation | undefined {
  const [a, b] = [parseJson(published), parseJson(rebuilt)]
  if (!isObject(a) || !isObject(b)) return explainJson(published, rebuilt)
  const changes = diffJson(a, b)
  if (changes.length === 0) return sameValue(published, rebuilt)
  const hosts = hostsIn(b)
  const judged = changes.map((change) => {
    const rewritten = isRewritten(change, a, b)
    return {
      ...shown(change),
      ...(rewritten
        ? { pointer: change.pointer, cause: 'manifest-rewritten', severity: 'unexplained' as const }
        : judge(change, hosts)),
    }
  })
  const worst = (['suspicious', 'unexplained', 'benign'] as const).find((severity) =>
    judged.some((one) => one.severity === severity),
  )
  const matters = judged.filter(({ severity }) => severity === worst)
  const pointers = matters.slice(0, 6).map((one) => one.pointer)
  return {
    cause: matters[0]?.cause ?? 'manifest',
    severity: worst ?? 'unexplained',
    summary: `package.json differs in ${pointers.join(', ')}${matters.length > 6 ? ' and more' : ''}${worst === 'suspicious' ? ', which decides what is installed or run' : ''}.`,
    evidence: { changes: judged.slice(0, 64), count: judged.length },
  }
}

/** Fields that ask for nothing where they are empty, as where they are not there. */
const lists = new Set(
  'dependencies devDependencies optionalDependencies peerDependencies peerDependenciesMeta scripts'.split(' '),
)

function isNothing(value: Json | undefined): boolean {
  return value === undefined || (isObject(value) && Object.keys(value).length === 0)
}

type Judged = { pointer: string; cause: string; severity: Severity }

function judge(change: JsonChange, hosts: ReadonlySet<string>): Judged {
  const { pointer, published, rebuilt } = change
  const [, field = '', member = ''] = pointer.split('/')
  const say = (cause: string, severity: Severity): Judged => ({ pointer, cause, severity })
  if (member === '' && lists.has(field) && isNothing(published) && isNothing(rebuilt)) {
    return say('manifest', 'unexplained')
  }
  if (field === 'scripts') {
    // A whole `scripts` that one side lacks holds whatever it holds.
    const names = member === '' ? [...keysOf(published), ...keysOf(rebuilt)] : [member]
    const decides = published === undefined ? (name: string) => !sourceScripts.has(name) : () => true
    if (names.some((name) => installScripts.has(name) && decides(name))) return say('install-script', 'suspicious')
    // Tools clean scripts away before they publish; none writes some.
    return say('manifest-scripts', published === undefined ? 'unexplained' : 'suspicious')
  }
  if (published === undefined && rootFields.has(field)) return say('manifest', 'unexplained')
  if (decisive.has(field)) return say('manifest-decisive', 'suspicious')
  if (
    field === 'gitHead' &&
    typeof published === 'string' &&
    /^[0-9a-f]{40}$/.test(published) &&
    rebuilt === undefined
  ) {
    return say('git-head', 'benign')
  }
  if (field === 'gitHead' && published !== undefined && (rebuilt !== undefined || typeof published !== 'string'))
    return say('manifest-field', 'suspicious')
  if (field === 'devDependencies' && published !== undefined && !(typeof published === 'string' && isRange(rebuilt))) {
    return say('manifest-field', 'suspicious')
  }
  if (
    field === 'repository' &&
    repositoryOf(published) !== undefined &&
    repositoryOf(published) === repositoryOf(rebuilt) &&
    placeIn(published) === placeIn(rebuilt) &&
    !(isObject(published) && hasMore(field, published))
  ) {
    return say('repository-spelling', 'benign')
  }
  if (
    field === 'repository' &&
    member === 'url' &&
    spellingOf(published) !== undefined &&
    spellingOf(published) === spellingOf(rebuilt)
  ) {
    return say('repository-spelling', 'benign')
  }
  const isRepository =
    field === 'repository' &&
    published !== undefined &&
    (rebuilt !== undefined || (member !== '' && !repositoryFields.has(member)))
  if (isRepository || (isObject(published) && hasMore(field, published)))
    return say('manifest-repository', 'suspicious')
  if (!descriptive.has(field) && published !== undefined) return say('manifest-field', 'suspicious')
  if (alarmsOfText(published, rebuilt).length > 0) return say('content', 'suspicious')
  const foreign = [...hostsIn(published)].some((host) => !hosts.has(host))
  return foreign ? say('manifest-address', 'suspicious') : say('manifest', 'unexplained')
}

function isRange(value: Json | undefined): boolean {
  return typeof value === 'string' && validRange(value) !== null
}

/** What is more than words in a text for people. */
function alarmsOfText(published: Json | undefined, rebuilt: Json | undefined): string[] {
  const [text, other] = [published, rebuilt].map((value) => (value === undefined ? '' : JSON.stringify(value)))
  const known = new Set(alarmsOfProse(other ?? ''))
  return [
    ...alarmsOfProse(text ?? '').filter((alarm) => alarm !== 'an address' && !known.has(alarm)),
    ...alarmsOfDocument(text ?? '', other ?? ''),
  ]
}

const repositoryFields = new Set(['type', 'url', 'directory'])

function hasMore(field: string, value: { [key: string]: Json }): boolean {
  return field === 'repository' && Object.keys(value).some((key) => !repositoryFields.has(key))
}

/** Hosts on which everybody has a place. */
const shared =
  /^(?:www\.)?(?:github|gitlab|patreon|opencollective|ko-fi|buymeacoffee|liberapay|paypal|polar)\.\w+$|^(?:bitbucket|codeberg)\.org$/i

/** Of all addresses in a value, on shared hosts with whose place it is; a shortened repository is on GitHub. */
function hostsIn(value: Json | undefined): Set<string> {
  const text = JSON.stringify(value ?? null)
  const found = text.matchAll(
    /(?:\/\/|@)(?:[\w.-]{1,64}@)?([\w-]{1,63}(?:\.[\w-]{1,63}){1,8})((?:[/:][\w.~@-]{1,100}){0,2})/g,
  )
  const hosts = [...found].map(([, host = '', path = '']) => (shared.test(host) ? placeOn(host, path) : host))
  const short = isObject(value) && typeof value.repository === 'string' ? spellingOf(value.repository) : undefined
  return new Set(short === undefined ? hosts : [...hosts, short.split('/').slice(0, 2).join('/').toLowerCase()])
}

function placeOn(host: string, path: string): string {
  const [, first = '', second = ''] = path.split(/[/:]/)
  return `${host.replace(/^www\./i, '')}/${first === 'sponsors' ? second : first}`.toLowerCase()
}

function keysOf(value: Json | undefined): string[] {
  return isObject(value) ? Object.keys(value) : []
}

/** The kind of repository, which is git where nothing is said, and the folder in it. */
function placeIn(value: Json | undefined): string {
  return isObject(value) ? JSON.stringify([value.type ?? 'git', value.directory]) : placeIn({})
}

/** npm writes `owner/name` and `git://` as `git+https://…​.git`; the place is the same. */
function repositoryOf(value: Json | undefined): string | undefined {
  return isObject(value) ? spellingOf(value.url) : spellingOf(value)
}
