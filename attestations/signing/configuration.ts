import { SigningConfig } from '@sigstore/protobuf-specs'
import { Problem } from '../../verifiers/model/problem.ts'
import { readBounded } from '../verification/bounded-file.ts'
import { embeddedTrustRoot } from '../verification/embedded-root.ts'
import { decodeText, parseJson } from '../verification/json.ts'
import { isRecord } from '../verification/model.ts'
import { readTrustRoots, type TrustRoot, trustRootsFrom } from '../verification/trust-root.ts'

export type SigningConfiguration = {
  config: SigningConfig
  /** Against which everything is verified before it is written. */
  trustRoots: TrustRoot[]
}

const mediaTypes = [
  'application/vnd.dev.sigstore.signingconfig.v0.2+json',
  'application/vnd.dev.sigstore.clienttrustconfig.v0.1+json',
]

/**
 * The public-good instance, as its own configuration named it when reproof was released. Its Rekor v2 logs are replaced
 * twice a year and are left out; who wants them gives the configuration that names them.
 * https://github.com/sigstore/root-signing/blob/main/targets/signing_config.v0.2.json
 */
export function publicGood(): SigningConfiguration {
  const since = { start: '2025-05-25T00:00:00Z' }
  const service = (url: string) => ({ url, majorApiVersion: 1, validFor: since, operator: 'sigstore.dev' })
  const any = { selector: 'ANY' }
  const config = SigningConfig.fromJSON({
    mediaType: mediaTypes[0],
    caUrls: [service('https://fulcio.sigstore.dev')],
    oidcUrls: [service('https://oauth2.sigstore.dev/auth')],
    rekorTlogUrls: [service('https://rekor.sigstore.dev')],
    rekorTlogConfig: any,
    tsaUrls: [service('https://timestamp.sigstore.dev/api/v1/timestamp')],
    tsaConfig: any,
  })
  return { config, trustRoots: [embeddedTrustRoot()] }
}

/**
 * A file of the official formats: a SigningConfig, whose trusted root is another file, or a ClientTrustConfig, which has
 * both.
 *
 * @throws {Problem} FILE_UNREADABLE, SIGNING_CONFIG_INVALID, TRUST_ROOT_INVALID
 */
export async function readSigningConfiguration(
  path: string,
  trustedRoot: string | undefined,
): Promise<SigningConfiguration> {
  const bytes = await readBounded(path, 8 * 2 ** 20)
  const decoded = decodeText(bytes)
  const parsed = 'text' in decoded ? parseJson(decoded.text) : decoded
  if ('fault' in parsed) throw invalid(path, parsed.fault.detail)
  const { value } = parsed
  if (!isRecord(value) || !mediaTypes.includes(String(value.mediaType))) {
    throw invalid(path, 'Its media type is neither that of a signing configuration nor of a client configuration.')
  }
  const isWhole = isRecord(value.signingConfig) && isRecord(value.trustedRoot)
  if (!isWhole && trustedRoot === undefined) {
    throw new Problem('SIGNING_CONFIG_INVALID', `${path} names services, and not whom to trust.`, {
      hint: 'Give the trusted root of these services with --trusted-root: what is signed is verified before it is written.',
    })
  }
  return {
    config: configFrom(isWhole ? value.signingConfig : value, path),
    trustRoots: trustedRoot === undefined ? trustRootsFrom(bytes, path) : await readTrustRoots(trustedRoot),
  }
}

function configFrom(value: unknown, path: string): SigningConfig {
  try {
    const config = SigningConfig.fromJSON(value)
    const services = [...config.caUrls, ...config.oidcUrls, ...config.rekorTlogUrls, ...config.tsaUrls]
    for (const { validFor } of services) {
      // The library takes any text for a date.
      for (const date of [validFor?.start, validFor?.end]) date?.toISOString()
    }
    return config
  } catch (error) {
    throw invalid(path, 'A field in it is not what the format asks for.', error)
  }
}

function invalid(path: string, detail: string, cause?: unknown): Problem {
  return new Problem('SIGNING_CONFIG_INVALID', `${path} cannot be used for signing: ${detail}`, {
    hint: 'Give a signing_config.json of Sigstore, or a client configuration that contains one.',
    ...(cause !== undefined && { cause }),
  })
}
