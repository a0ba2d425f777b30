import http from 'node:http'
import https from 'node:https'
import getAuth from 'npm-registry-fetch/lib/auth.js'
import type { RegistryOptions } from '../npm/configuration.ts'
import type { NetworkLimits } from './limits.ts'

export type Agents = { 'http:': http.Agent; 'https:': https.Agent }

type Credentials = { authorization?: string; cert?: string; key?: string }

/** Connections as npm's own client makes them: the user's proxy, certificates and address. */
export function createAgents({ options, limits }: { options: RegistryOptions; limits: NetworkLimits }): Agents {
  const proxyEnv = proxiesOf(options)
  const shared = {
    keepAlive: true,
    maxSockets: limits.upstreamSockets,
    ...(typeof options.localAddress === 'string' && { localAddress: options.localAddress }),
    ...(proxyEnv && { proxyEnv }),
  }
  const tls = {
    rejectUnauthorized: options.strictSSL !== false,
    ...given(options, ['ca', 'cert', 'key']),
  }
  return { 'http:': new http.Agent(shared), 'https:': new https.Agent({ ...shared, ...tls }) }
}

/** What the user's configuration has for this registry; it never leaves for another. */
export function credentialsFor(url: URL, registry: URL, options: RegistryOptions): Credentials {
  const { token, auth, cert, key } = getAuth(url.href, { ...options, registry: registry.href })
  return {
    ...(token ? { authorization: `Bearer ${token}` } : auth ? { authorization: `Basic ${auth}` } : {}),
    ...(cert && key ? { cert, key } : {}),
  }
}

/** npm's client takes the environment's proxies where its configuration names none. */
function proxiesOf({ proxy, httpsProxy, noProxy }: RegistryOptions): NodeJS.ProcessEnv | undefined {
  const text = (value: unknown) => (typeof value === 'string' && value !== '' ? value : undefined)
  const plain = text(proxy)
  const secure = text(httpsProxy) ?? plain
  if (secure === undefined) return process.env
  return {
    HTTPS_PROXY: secure,
    HTTP_PROXY: plain ?? secure,
    ...(text(noProxy) !== undefined && { NO_PROXY: text(noProxy) }),
  }
}

function given(options: RegistryOptions, names: string[]): Record<string, unknown> {
  return Object.fromEntries(names.filter((name) => options[name] != null).map((name) => [name, options[name]]))
}
