declare module 'npm-registry-fetch/lib/auth.js' {
  /** What a configuration has for this address: a token, a name with a password, or a client certificate. */
  export default function getAuth(
    url: string,
    options: Record<string, unknown>,
  ): { token?: string | null; auth?: string | null; cert?: string | null; key?: string | null }
}

declare module 'npm-registry-fetch/lib/default-opts.js' {
  const defaults: { registry: string }
  export default defaults
}
