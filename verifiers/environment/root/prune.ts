/**
 * What no build reads: documentation, manual pages, translations, and what other tools of the distribution want.
 *
 * The rule is that of Debian's slim container images (https://github.com/debuerreotype/debuerreotype, `.slimify-excludes`):
 * licences (`copyright`) stay, because the image may be passed on.
 */
export function isPruned(path: string): boolean {
  const [, folder, rest] =
    /^usr\/share\/(doc|man|info|locale|groff|linda|lintian|doc-base|bug|bash-completion|gitweb)\/(.+)$/.exec(path) ?? []
  if (!folder || !rest) return false
  return !(folder === 'doc' && /^[^/]+\/copyright$/.test(rest))
}
