/**
 * The versions that upstream may have given to what Debian calls `version`, most likely first. Debian puts an epoch before
 * it, its own revision behind it, and in between says what it added (`+~cs0.7.31`, `+~4.0.1`) or took away (`+dfsg`,
 * `+ds`): https://www.debian.org/doc/debian-policy/ch-controlfields.html#version
 */
export function upstreamVersions(version: string): string[] {
  const withoutEpoch = version.replace(/^\d+:/, '')
  const dash = withoutEpoch.lastIndexOf('-')
  const upstream = dash < 0 ? withoutEpoch : withoutEpoch.slice(0, dash)
  const really = /\+really(.+)$/.exec(upstream)?.[1] ?? upstream
  const bare = really.replace(/[+~](?:~|dfsg|ds|repack|debian)[A-Za-z0-9.+~]*$/, '')
  // A tilde sorts before the end: it stands where semver has a dash.
  const semver = bare.replace('~', '-').replace(/-(alpha|beta|rc|pre)\.?(\d)/, '-$1.$2')
  return [...new Set([bare, semver, bare.replace('~', '-')])]
}

/** Whether Debian took files out of what upstream published. */
export function isRepacked(version: string): boolean {
  return /[+~.](?:dfsg|ds|repack)/.test(version)
}
