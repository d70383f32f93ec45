// Debian's smallest root file system, as its public images have it: made by debootstrap, with the suites of security and updates, without documentation.
import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { artefactFolder } from '#test/cluster/images/artefacts'
import { need } from '#test/cluster/images/builder'

const MIRROR = 'http://deb.debian.org'
/** Changes with what is left out below. */
const REVISION = '1'
const LEFT_OUT = [
  './dev/*',
  './proc/*',
  './sys/*',
  './var/cache/*',
  './var/lib/apt/lists/*',
  './var/log/*',
  './usr/share/doc/*',
  './usr/share/man/*',
  './usr/share/locale/*',
  './etc/resolv.conf',
  './etc/hostname',
  './etc/machine-id',
]

/** A folder with `rootfs.tar`. */
export function debianRoot(suite: 'bookworm' | 'trixie', say: (line: string) => void): string {
  return artefactFolder(`debian-${suite}`, REVISION, (folder) => {
    need('debootstrap')
    say(`Debian ${suite} by debootstrap ...`)
    const work = mkdtempSync(join(tmpdir(), 'akko-debian-'))
    try {
      const root = join(work, 'root')
      execFileSync('debootstrap', ['--variant=minbase', suite, root, `${MIRROR}/debian`], { stdio: ['ignore', 'ignore', 'inherit'] })
      rmSync(join(root, 'etc/apt/sources.list'), { force: true })
      writeFileSync(join(root, 'etc/apt/sources.list.d/debian.sources'), sources(suite))
      const left = LEFT_OUT.map((path) => `--exclude=${path}`)
      execFileSync('tar', ['--numeric-owner', '--sort=name', '-C', root, ...left, '-cf', join(folder, 'rootfs.tar'), '.'])
    } finally {
      rmSync(work, { recursive: true, force: true })
    }
  })
}

function sources(suite: string): string {
  const entry = (path: string, suites: string) =>
    `Types: deb\nURIs: ${MIRROR}/${path}\nSuites: ${suites}\nComponents: main\nSigned-By: /usr/share/keyrings/debian-archive-keyring.gpg\n`
  return [entry('debian', `${suite} ${suite}-updates`), entry('debian-security', `${suite}-security`)].join('\n')
}
