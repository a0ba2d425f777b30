import { posix } from 'node:path'
import type { Tree } from '../tree.ts'

/**
 * Adds what the packages' maintainer scripts would have made on a running system; none of them is run.
 *
 * @param certificates the bytes of the trusted certificates, in the order of their names
 * @param status dpkg's list of the installed packages, for those who scan images
 */
export function finishRoot(root: Tree, { certificates, status }: { certificates: Uint8Array; status: string }) {
  for (const [path, text] of Object.entries(files)) if (!root.has(path)) root.addFile(path, text)
  root.addFile('var/lib/dpkg/status', status)
  root.addFile('etc/ssl/certs/ca-certificates.crt', certificates)
  for (const [link, ...targets] of alternatives) {
    const target = targets.find((one) => root.has(posix.join(posix.dirname(link), one)))
    if (target && !root.has(link)) root.addSymlink(link, target)
  }
  for (const path of folders) root.addFolder(path)
  for (const path of ['tmp', 'var/tmp']) root.addFolder(path, { sticky: true })
}

const files = {
  // Of base-passwd's list only what programs look up by name; 1000 is who runs the build.
  'etc/passwd': [
    'root:x:0:0:root:/root:/bin/bash',
    'daemon:x:1:1:daemon:/usr/sbin:/usr/sbin/nologin',
    'bin:x:2:2:bin:/bin:/usr/sbin/nologin',
    'sys:x:3:3:sys:/dev:/usr/sbin/nologin',
    'mail:x:8:8:mail:/var/mail:/usr/sbin/nologin',
    'www-data:x:33:33:www-data:/var/www:/usr/sbin/nologin',
    'builder:x:1000:1000:builder:/home/builder:/bin/bash',
    'nobody:x:65534:65534:nobody:/nonexistent:/usr/sbin/nologin',
    '',
  ].join('\n'),
  'etc/group': [
    'root:x:0:',
    'daemon:x:1:',
    'bin:x:2:',
    'sys:x:3:',
    'adm:x:4:',
    'tty:x:5:',
    'disk:x:6:',
    'mail:x:8:',
    'www-data:x:33:',
    'utmp:x:43:',
    'staff:x:50:',
    'users:x:100:',
    'builder:x:1000:',
    'nogroup:x:65534:',
    '',
  ].join('\n'),
  'etc/nsswitch.conf':
    'passwd: files\ngroup: files\nshadow: files\nhosts: files dns\nservices: files\nprotocols: files\n',
  'etc/hosts': '127.0.0.1\tlocalhost\n::1\tlocalhost ip6-localhost ip6-loopback\n',
  'etc/hostname': 'reproof\n',
  'etc/resolv.conf': '',
  'etc/shells': '/bin/sh\n/usr/bin/sh\n/bin/bash\n/usr/bin/bash\n/bin/dash\n/usr/bin/dash\n',
  'etc/timezone': 'Etc/UTC\n',
  'etc/environment': '',
}

/** Mount points, and folders that programs expect to be there. */
const folders = [
  'dev',
  'etc/ssl/certs',
  'home/builder',
  'mnt',
  'opt',
  'proc',
  'root',
  'run',
  'srv',
  'sys',
  'usr/local/bin',
  'var/cache',
  'var/log',
  'work',
]

/** Each link and what it may point at, relative to it, the first that is there: update-alternatives(1) in auto mode. */
const alternatives: [string, ...string[]][] = [
  ['usr/bin/awk', 'gawk', 'mawk'],
  ['usr/bin/nawk', 'gawk', 'mawk'],
  ['usr/bin/which', 'which.debianutils'],
  ['usr/bin/pager', 'less'],
  ['usr/bin/w', 'w.procps'],
  ['usr/sbin/rmt', 'rmt-tar'],
  ['usr/bin/lzma', 'xz'],
  ['usr/bin/unlzma', 'xz'],
  ['usr/bin/lzcat', 'xz'],
  ['usr/bin/lzless', 'xzless'],
  ['usr/bin/lzgrep', 'xzgrep'],
  ['usr/bin/lzmore', 'xzmore'],
  ['usr/bin/lzdiff', 'xzdiff'],
  ['usr/bin/cc', 'gcc'],
  ['usr/bin/c++', 'g++'],
  ['usr/bin/c89', 'c89-gcc'],
  ['usr/bin/c99', 'c99-gcc'],
  ['usr/lib/cpp', '../bin/cpp'],
  ['usr/bin/automake', 'automake-1.16'],
  ['usr/bin/aclocal', 'aclocal-1.16'],
  ['usr/bin/faketime', 'faketime.libfaketime'],
  ['etc/localtime', '../usr/share/zoneinfo/Etc/UTC'],
  ['usr/lib/ssl/cert.pem', '../../../etc/ssl/certs/ca-certificates.crt'],
]
