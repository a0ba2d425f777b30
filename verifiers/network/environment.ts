export type ProxyEnvironment = { variables: Record<string, string>; files: { path: string; content: string }[] }

export type EnvironmentOptions = {
  /** Where the forwarder listens inside the sandbox. */
  port: number
  /** PEM. */
  certificate: string
  /** Where the certificate is laid inside the sandbox. */
  certificateFile: string
  /** What npm gets as its registry. */
  registry: string
}

/**
 * A configuration of git by which what the lockfile names by ssh, or by git's own protocol, is asked for over https, which
 * needs no key.
 */
export function gitConfiguration(repositories: string[]): string {
  const origins = new Set(repositories.flatMap((repository) => URL.parse(repository)?.origin ?? []))
  const hosts = [...origins].map((origin) => ({ origin, host: origin.slice(origin.indexOf('//') + 2) }))
  return hosts
    .map(({ origin, host }) => {
      const others = [
        `ssh://git@${host}/`,
        `git+ssh://git@${host}/`,
        `git@${host}:`,
        `ssh://${host}/`,
        `git://${host}/`,
      ]
      return `[url "${origin}/"]\n${others.map((other) => `\tinsteadOf = ${other}\n`).join('')}`
    })
    .join('')
}

/** What programs in the sandbox have to know to come through the proxy, each by the name that it reads. */
export function environmentFor({ port, certificate, certificateFile, registry }: EnvironmentOptions): ProxyEnvironment {
  const proxy = `http://127.0.0.1:${port}/`
  const local = 'localhost,127.0.0.1,::1'
  return {
    variables: {
      HTTP_PROXY: proxy,
      HTTPS_PROXY: proxy,
      http_proxy: proxy,
      https_proxy: proxy,
      NO_PROXY: local,
      no_proxy: local,
      NODE_EXTRA_CA_CERTS: certificateFile,
      // Node's own fetch and http client, from 22.21 and 24.5 on.
      NODE_USE_ENV_PROXY: '1',
      SSL_CERT_FILE: certificateFile,
      CURL_CA_BUNDLE: certificateFile,
      GIT_SSL_CAINFO: certificateFile,
      REQUESTS_CA_BUNDLE: certificateFile,
      PIP_CERT: certificateFile,
      CARGO_HTTP_CAINFO: certificateFile,
      npm_config_registry: registry,
      npm_config_cafile: certificateFile,
      npm_config_proxy: proxy,
      npm_config_https_proxy: proxy,
      npm_config_noproxy: local,
      // npm 12 takes a lockfile's address for a mere URL when its host is not the registry's, which here is the proxy.
      npm_config_allow_remote: 'all',
      // Nor does it ask repositories by itself; what the lockfile does not name of them is refused here.
      npm_config_allow_git: 'all',
      // pnpm from 11 on reads no variables of npm's.
      pnpm_config_registry: registry,
      pnpm_config_https_proxy: proxy,
      pnpm_config_noproxy: local,
      // What is that young was cut off by the time machine, or is in the lockfile.
      pnpm_config_minimum_release_age: '0',
      pnpm_config_trust_policy: 'off',
      // Yarn 2 and later; those end where they do not know a variable of their name, and yarn 1 reads npm's.
      YARN_NPM_REGISTRY_SERVER: registry,
      YARN_UNSAFE_HTTP_WHITELIST: '127.0.0.1',
      YARN_HTTPS_PROXY: proxy,
      BUN_CONFIG_REGISTRY: registry,
      // What no rebuild needs: an audit of today, and the newest npm.
      npm_config_audit: 'false',
      npm_config_fund: 'false',
      npm_config_update_notifier: 'false',
    },
    files: [{ path: certificateFile, content: certificate }],
  }
}
