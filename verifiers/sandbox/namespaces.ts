import { readFileSync } from 'node:fs'
import { Problem } from '../model/problem.ts'

/** Settings of the kernel that forbid user namespaces, the value that does, and what to set instead. */
const settings = [
  { name: 'kernel.unprivileged_userns_clone', forbids: '0', allow: '1' },
  { name: 'user.max_user_namespaces', forbids: '0', allow: '65536' },
  { name: 'kernel.apparmor_restrict_unprivileged_userns', forbids: '1', allow: '0' },
]

/**
 * Why bubblewrap could not make its namespaces, as far as the kernel's settings tell.
 *
 * @param said what bubblewrap wrote.
 */
export function namespacesUnavailable(said: string): Problem {
  const found = settings.find(({ name, forbids }) => settingOf(name) === forbids)
  const reason = found
    ? `The kernel forbids unprivileged user namespaces (${found.name} is ${found.forbids}), which the sandbox is made of.`
    : 'The kernel, or the container that reproof runs in, does not allow the namespaces that the sandbox is made of.'
  const allow = found
    ? `Allow them (as root: sysctl -w ${found.name}=${found.allow}${
        found.name.includes('apparmor') ? ', or an AppArmor profile with the userns permission' : ''
      })`
    : 'Allow them (the sysctl settings user.max_user_namespaces and kernel.apparmor_restrict_unprivileged_userns, or the outer container’s seccomp and AppArmor profiles)'
  return new Problem('SANDBOX_UNAVAILABLE', reason, {
    hint: `${allow}, or use --engine podman or --engine docker.`,
    details: { said },
  })
}

function settingOf(setting: string): string | undefined {
  try {
    return readFileSync(`/proc/sys/${setting.replaceAll('.', '/')}`, 'latin1').trim()
  } catch {
    return undefined
  }
}
