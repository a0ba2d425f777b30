import { type Service, type ServiceConfiguration, ServiceSelector, type SigningConfig } from '@sigstore/protobuf-specs'
import { Problem } from '../../verifiers/model/problem.ts'

export type ServiceAddress = { url: string; version: number; operator: string }

/** Whom to ask for what when signing. */
export type Services = {
  certificates: ServiceAddress | undefined
  logs: ServiceAddress[]
  timestamps: ServiceAddress[]
}

/** API versions that are spoken here, of each kind of service. */
const spoken = { certificates: [1], logs: [1, 2], timestamps: [1] }

/**
 * Chooses services as the comments of SigningConfig say: only those that are valid now, of each operator the highest
 * version that is spoken here, and as many operators as the selector asks for. Where any will do, the first listed.
 * https://github.com/sigstore/protobuf-specs/blob/main/protos/sigstore_trustroot.proto
 *
 * @throws {Problem} SIGNING_CONFIG_INVALID when there are not enough, or their answers could not be verified together.
 */
export function selectServices(config: SigningConfig, now: Date): Services {
  const { caUrls, rekorTlogUrls, rekorTlogConfig, tsaUrls, tsaConfig } = config
  const services = {
    certificates: usable(caUrls, spoken.certificates, now)[0],
    logs: selected('log', usable(rekorTlogUrls, spoken.logs, now), rekorTlogConfig),
    timestamps: selected('timestamp authority', usable(tsaUrls, spoken.timestamps, now), tsaConfig),
  }
  if (services.logs.some(({ version }) => version === 2) && services.timestamps.length === 0) {
    throw invalid(
      'It names a Rekor v2 log and no timestamp authority',
      'Such a log tells no time, so that a signature with a short-lived certificate could never be verified.',
    )
  }
  return services
}

/** Whose identities the certificate authority takes: where a person logs in. */
export function identityProvider({ oidcUrls }: SigningConfig, now: Date): string | undefined {
  return usable(oidcUrls, [1], now)[0]?.url
}

function selected(
  kind: string,
  services: ServiceAddress[],
  configuration: ServiceConfiguration | undefined,
): ServiceAddress[] {
  if (!configuration) return []
  const { selector, count } = configuration
  if (selector === ServiceSelector.ALL) return services
  const wanted = selector === ServiceSelector.EXACT ? count : 1
  if (selector === ServiceSelector.SERVICE_SELECTOR_UNDEFINED || wanted < 1) {
    throw invalid(`It does not say how many services to ask of the kind "${kind}"`)
  }
  if (services.length < wanted) {
    throw invalid(`It asks for ${wanted} of the kind "${kind}", and ${services.length} can be used now`)
  }
  return services.slice(0, wanted)
}

/** One for each operator, in the order of the file. Services without an operator are taken for different ones. */
function usable(services: Service[], versions: number[], now: Date): ServiceAddress[] {
  const chosen = new Map<string, Service>()
  for (const service of services) {
    if (!versions.includes(service.majorApiVersion) || !isValid(service, now)) continue
    const key = service.operator || service.url
    const other = chosen.get(key)
    if (!other || isBetter(service, other)) chosen.set(key, service)
  }
  return [...chosen.values()].map(({ url, majorApiVersion, operator }) => ({
    url: checkedUrl(url),
    version: majorApiVersion,
    operator,
  }))
}

function isValid({ validFor }: Service, now: Date): boolean {
  // Without a start nothing is known of it; the file has to say.
  return validFor?.start !== undefined && validFor.start <= now && (validFor.end === undefined || now <= validFor.end)
}

function isBetter(one: Service, other: Service): boolean {
  if (one.majorApiVersion !== other.majorApiVersion) return one.majorApiVersion > other.majorApiVersion
  return (one.validFor?.start?.getTime() ?? 0) > (other.validFor?.start?.getTime() ?? 0)
}

/** An identity token goes there: never in the clear but to this machine itself. */
function checkedUrl(address: string): string {
  const url = URL.parse(address)
  const isLocal = url !== null && /^(?:localhost|127\.\d+\.\d+\.\d+|\[::1\])$/.test(url.hostname)
  if (!url || !(url.protocol === 'https:' || (url.protocol === 'http:' && isLocal))) {
    throw invalid(`The address ${JSON.stringify(address)} in it is not https`)
  }
  if (url.username || url.password) throw invalid('An address in it has a password')
  return address.replace(/\/+$/, '')
}

function invalid(what: string, why = 'Correct the file, or get a new one from whoever runs these services.'): Problem {
  return new Problem('SIGNING_CONFIG_INVALID', `The signing configuration cannot be used: ${what}.`, { hint: why })
}
