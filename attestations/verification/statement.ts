import { parseJson } from './json.ts'
import { type Fault, isRecord } from './model.ts'

export type Subject = { name?: string; uri?: string; digest: Record<string, string> }
export type Dependency = {
  uri?: string
  name?: string
  digest: Record<string, string>
  annotations?: Record<string, unknown>
}

/** An in-toto statement as far as every predicate has it, and what is found in the predicates that are known. */
export type StatementView = {
  type: string
  predicateType: string
  subjects: Subject[]
  predicate: Record<string, unknown>
  builder?: string
  buildType?: string
  /** Where the source is, in every place that says so. */
  sources: { uri: string; commit?: string }[]
  parameters?: Record<string, unknown>
  dependencies: Dependency[]
}

const types = new Set(['https://in-toto.io/Statement/v1', 'https://in-toto.io/Statement/v0.1'])
const most = { subjects: 100_000, dependencies: 1_000_000 }

/** Reads the signed payload; https://github.com/in-toto/attestation/blob/main/spec/v1/statement.md */
export function readStatement(payload: Uint8Array): { view: StatementView } | { fault: Fault } {
  let text: string
  try {
    text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(payload)
  } catch {
    return { fault: { code: 'PAYLOAD_INVALID', detail: 'The signed payload is not text in UTF-8.' } }
  }
  const parsed = parseJson(text)
  if ('fault' in parsed)
    return { fault: { code: 'PAYLOAD_INVALID', detail: `The signed payload: ${parsed.fault.detail}` } }
  const { value } = parsed
  if (!isRecord(value) || typeof value._type !== 'string' || !types.has(value._type)) {
    const type =
      isRecord(value) && typeof value._type === 'string' ? JSON.stringify(value._type.slice(0, 200)) : 'nothing'
    return {
      fault: { code: 'STATEMENT_TYPE', detail: `The signed payload is no in-toto statement; its type is ${type}.` },
    }
  }
  const subjects = subjectsOf(value.subject)
  if (!subjects) {
    return {
      fault: { code: 'PAYLOAD_INVALID', detail: 'The statement has no subjects, or one without digest, or too many.' },
    }
  }
  if (typeof value.predicateType !== 'string' || value.predicateType === '') {
    return { fault: { code: 'PAYLOAD_INVALID', detail: 'The statement has no predicate type.' } }
  }
  const { _type: type, predicateType } = value
  const predicate = isRecord(value.predicate) ? value.predicate : {}
  const found = known(predicateType, predicate)
  return found ? { view: { type, predicateType, subjects, predicate, ...found } } : { fault: unreadableDependencies }
}

/** Passed over in silence, they would look as if there were none to object to. */
const unreadableDependencies: Fault = {
  code: 'PAYLOAD_INVALID',
  detail: `The dependencies in the statement are no list of descriptors, or more than ${most.dependencies}.`,
}

function subjectsOf(value: unknown): Subject[] | undefined {
  if (!Array.isArray(value) || value.length === 0 || value.length > most.subjects) return undefined
  const subjects = value.map((one) => descriptor(one))
  return subjects.every((one) => one !== undefined && Object.keys(one.digest).length > 0)
    ? subjects.filter((one) => one !== undefined)
    : undefined
}

/** https://github.com/in-toto/attestation/blob/main/spec/v1/resource_descriptor.md */
function descriptor(value: unknown): Dependency | undefined {
  if (!isRecord(value)) return undefined
  const digest: Record<string, string> = {}
  for (const [algorithm, hex] of isRecord(value.digest) ? Object.entries(value.digest) : []) {
    if (typeof hex !== 'string') return undefined
    digest[algorithm] = hex
  }
  const { name, uri, annotations } = value
  return {
    ...(typeof name === 'string' && { name }),
    ...(typeof uri === 'string' && { uri }),
    digest,
    ...(isRecord(annotations) && { annotations }),
  }
}

type Known = Pick<StatementView, 'builder' | 'buildType' | 'sources' | 'parameters' | 'dependencies'>

function known(predicateType: string, predicate: Record<string, unknown>): Known | undefined {
  if (predicateType === 'https://slsa.dev/provenance/v1') return provenanceV1(predicate)
  if (/^https:\/\/slsa\.dev\/provenance\/v0\.[12]$/.test(predicateType)) return provenanceV0(predicate)
  // reproof's rebuild result and others that name a source the same way.
  const source = descriptor(predicate.source)
  const rebuilder = isRecord(predicate.rebuilder) ? predicate.rebuilder.id : undefined
  return {
    ...(typeof rebuilder === 'string' && { builder: rebuilder }),
    sources: source?.uri === undefined ? [] : [sourceOf(source)],
    dependencies: [],
  }
}

/** https://slsa.dev/spec/v1.2/build-provenance */
function provenanceV1(predicate: Record<string, unknown>): Known | undefined {
  const definition = isRecord(predicate.buildDefinition) ? predicate.buildDefinition : {}
  const details = isRecord(predicate.runDetails) ? predicate.runDetails : {}
  const parameters = isRecord(definition.externalParameters) ? definition.externalParameters : {}
  const dependencies = descriptors(definition.resolvedDependencies)
  if (!dependencies) return undefined
  const builder = isRecord(details.builder) ? details.builder.id : undefined
  const workflow = isRecord(parameters.workflow) ? parameters.workflow : {}
  const declared = [parameters.source, workflow.repository].flatMap((one): { uri: string; commit?: string }[] => {
    if (typeof one === 'string') return [{ uri: refAdded(one, workflow.ref) }]
    const source = descriptor(one)
    return source?.uri === undefined ? [] : [sourceOf(source)]
  })
  return {
    ...(typeof builder === 'string' && { builder }),
    ...(typeof definition.buildType === 'string' && { buildType: definition.buildType }),
    sources: withCommits(declared, dependencies),
    parameters,
    dependencies,
  }
}

/** https://slsa.dev/spec/v0.2/provenance and its predecessor */
function provenanceV0(predicate: Record<string, unknown>): Known | undefined {
  const invocation = isRecord(predicate.invocation) ? predicate.invocation : {}
  const recipe = isRecord(predicate.recipe) ? predicate.recipe : {}
  const builder = isRecord(predicate.builder) ? predicate.builder.id : undefined
  const config = descriptor(invocation.configSource)
  const dependencies = descriptors(predicate.materials)
  if (!dependencies) return undefined
  const buildType = predicate.buildType ?? recipe.type
  const declared = config?.uri === undefined ? [] : [sourceOf(config)]
  const parameters = isRecord(invocation.parameters) ? invocation.parameters : undefined
  return {
    ...(typeof builder === 'string' && { builder }),
    ...(typeof buildType === 'string' && { buildType }),
    sources: withCommits(declared, dependencies),
    ...(parameters && { parameters }),
    dependencies,
  }
}

/** Unset, null and empty are the same; https://slsa.dev/spec/v1.2/build-provenance */
function descriptors(value: unknown): Dependency[] | undefined {
  if (value === undefined || value === null) return []
  if (!Array.isArray(value) || value.length > most.dependencies) return undefined
  const read = value.map(descriptor).filter((one) => one !== undefined)
  return read.length === value.length ? read : undefined
}

/** Where parameters name the source without its commit, the dependencies say which commit it was. */
function withCommits(declared: { uri: string; commit?: string }[], dependencies: Dependency[]) {
  const git = dependencies.filter(({ uri, digest }) => uri?.startsWith('git+') && commitOf(digest) !== undefined)
  if (declared.length === 0) return git.slice(0, 1).map(sourceOf)
  return declared.map((source) => {
    if (source.commit !== undefined) return source
    const same = git.find(({ uri = '' }) => repositoryOf(uri) === repositoryOf(source.uri))
    const commit = same && commitOf(same.digest)
    return { ...source, ...(commit !== undefined && { commit }) }
  })
}

function sourceOf({ uri = '', digest }: Dependency): { uri: string; commit?: string } {
  const commit = commitOf(digest)
  return { uri, ...(commit !== undefined && { commit }) }
}

const commitOf = (digest: Record<string, string>): string | undefined => digest.gitCommit ?? digest.sha1

const refAdded = (uri: string, ref: unknown): string =>
  typeof ref === 'string' && ref !== '' && refOf(uri) === undefined ? `${uri}@${ref}` : uri

/** No repository has a longer address, and expressions take long for those that are made to. */
const longestUri = 8192

/** The ref behind the @ of an SPDX download location, where it is one. */
export function refOf(uri: string): string | undefined {
  if (uri.length > longestUri) return undefined
  return uri.match(/@(refs\/[^#]+)(?:#.*)?$/)?.[1]
}

/**
 * A repository's address in the one form in which two of them can be compared: without scheme, `.git`, ref, user and
 * trailing slash. GitHub tells no upper from lower case; elsewhere only the host does not.
 */
export function repositoryOf(uri: string): string {
  // Browsers take a backslash for a slash and git does not: which host is meant depends on whom one asks.
  if (uri.length > longestUri || /[\s\\]/.test(uri)) return uri
  const bare = uri
    .replace(/#.*$/, '')
    .replace(/@[^/:]*$|@refs\/.*$/, '')
    .replace(/^git\+/, '')
    .replace(/^([\w.-]+@)?([\w.-]+):(?!\/\/)/, 'ssh://$2/')
    .replace(/^\w+:\/\/(?:[^/@]*@)?/, '')
    .replace(/\/+$/, '')
    .replace(/\.git$/, '')
  const [host = '', ...path] = bare.split('/')
  const rest = path.join('/')
  const lower = host.toLowerCase()
  return lower === 'github.com' ? `${lower}/${rest.toLowerCase()}` : `${lower}/${rest}`
}
