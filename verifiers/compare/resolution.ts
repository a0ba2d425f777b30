import type { ArtifactKind } from './kind.ts'
import { loadedInstead } from './loaded-instead.ts'
import type { PresentPaths } from './present-paths.ts'
import type { System } from './system.ts'

/** The archive that a file is left out of. */
export type LeftOutOf = {
  kind: ArtifactKind | undefined
  /** Whether it is the control archive of a Debian package. */
  inControl: boolean
  system?: System | undefined
  /** Paths that the package.json files of a package of npm name, and in which of their fields. */
  named?: ReadonlyMap<string, string> | undefined
}

/**
 * What is otherwise where a file is left out: what counts in its place, or that it counted for others by being there.
 * `undefined` where it is only missed by what asks for it.
 */
export function effectOfAbsence(path: string, paths: PresentPaths, archive: LeftOutOf): string | undefined {
  const { kind, inControl, system } = archive
  const loaded = loadedInstead(path, paths)
  if (loaded !== undefined) return `by the same name ${loaded} is loaded instead`
  const name = path.slice(path.lastIndexOf('/') + 1)
  if (inControl) return 'dpkg does or checks less without it'
  if (name.startsWith('.wh.')) return 'what it takes away from the layers below stays'
  const plain = path.replace(/^\.\//, '')
  if (system === 'layer' && !unreadInSystem.test(plain)) return 'a layer below can have another one, which then counts'
  if (system === 'package' && settingsOfSystem.test(plain)) return 'what it forbids, checks or confines is let be'
  if (kind === 'npm') return absenceForNode(path, name, paths, archive.named)
  if ((kind === 'jar' || kind === 'zip') && javaReads.test(path))
    return 'Java takes its services, classes, signatures and what modules show from there'
  if (kind === 'crate' && /^[^/]+\/(?:build\.rs|Cargo\.lock)$/.test(path)) return 'cargo builds otherwise without it'
  if (kind === 'gem') return 'RubyGems checks less without it'
  if (kind === 'wheel' && /^[^/]+\.dist-info\/(?:RECORD|WHEEL|METADATA|entry_points\.txt)$/.test(path)) {
    return 'installers take from there what is installed, and how'
  }
  if ((kind === 'wheel' || kind === 'sdist') && name === '__init__.py') {
    if (paths.hasBelow(path.slice(0, -name.length))) return 'other packages can add to its folder, and it is not run'
  }
  if (kind === 'sdist' && buildsSdist.test(path))
    return 'the package is built by another program or otherwise without it'
  return undefined
}

/** Caches, logs and documents: no program takes what it does from there. */
const unreadInSystem =
  /^(?:(?:var\/(?:cache|log|tmp)|tmp|run|root\/\.cache|usr\/share\/(?:doc|man|info|locale))\/|(?:.*\/)?__pycache__\/)/

/**
 * Where a package puts rules for others: AppArmor, PAM, sudo, sysctl, udev, polkit, D-Bus, systemd. Without one the system
 * does what it does by default.
 */
const settingsOfSystem =
  /^(?:etc|(?:usr\/)?lib\/(?:systemd|udev|sysctl\.d|modprobe\.d|tmpfiles\.d|sysusers\.d|environment\.d|security|pam\.d)|usr\/share\/(?:apparmor|polkit-1|dbus-1|pam-configs|pam\.d|selinux|ufw))\//

/** META-INF counts without a manifest as well; module-info.class says what of a module others see (JVMS, 4.7.25). */
const javaReads = /^(?:META-INF\/(?!maven\/)|module-info\.class$)/i

/** What setuptools, hatchling and other backends read of how a package is built, and what goes into it. */
const buildsSdist =
  /(?:^|\/)pyproject\.toml$|^[^/]+\/(?:setup\.py|setup\.cfg|MANIFEST\.in|hatch\.toml|hatch_build\.py|meson\.build|CMakeLists\.txt)$/

function absenceForNode(
  path: string,
  name: string,
  paths: PresentPaths,
  named: LeftOutOf['named'],
): string | undefined {
  if (path.includes('/node_modules/')) return 'another version can be loaded instead'
  if (/^[^/]+\/npm-shrinkwrap\.json$/.test(path)) return 'npm chooses the versions of what is installed with it anew'
  const field = named?.get(path)
  if (field !== undefined) return `package.json names it as "${field}", in whose place something else is taken`
  const folder = path.slice(0, -name.length)
  const isNested = name === 'package.json' && folder.split('/').length > 2
  return isNested && paths.hasBelow(folder)
    ? 'it says what the programs beside it are, and which of them is loaded'
    : undefined
}
