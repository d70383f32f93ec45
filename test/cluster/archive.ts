// Images of a single static binary, as archives that `ctr images import` takes, without any builder.
import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { arch } from 'node:os'
import { dirname, join } from 'node:path'
import type { Say } from '#test/cluster/kubernetes'
import { CLUSTER_CACHE, clusterTool } from '#test/cluster/tools'

export interface ImageArchive {
  readonly ref: string
  readonly archive: string
}

interface Recipe {
  readonly ref: string
  /** Path in the image -> file here, or `-> target` of a link. */
  readonly files: Readonly<Record<string, string>>
  readonly config: object
}

export const PAUSE = 'akko.test/pause:1'
export const BUSYBOX = 'akko.test/busybox:1'
export const CNPG = 'akko.test/cloudnative-pg:1'
export const COREDNS = 'akko.test/coredns:1'
export const LOCAL_PATH = 'akko.test/local-path-provisioner:1'

/** What every node needs. */
export function nodeImages(say: Say): ImageArchive[] {
  return [
    image({ ref: PAUSE, files: { pause: clusterTool('pause', say) }, config: { Entrypoint: ['/pause'] } }),
    image({ ref: COREDNS, files: { coredns: clusterTool('coredns', say) }, config: { Entrypoint: ['/coredns'] } }),
    image({ ref: LOCAL_PATH, files: { 'usr/bin/local-path-provisioner': clusterTool('local-path-provisioner', say) }, config: PATH }),
    busybox(say),
  ]
}

/** As its own Dockerfile lays it out. */
export function cnpgImage(say: Say): ImageArchive {
  const machine = arch() === 'arm64' ? 'arm64' : 'amd64'
  const files = { [`operator/manager_${machine}`]: clusterTool('cnpg', say), manager: `-> operator/manager_${machine}` }
  return image({ ref: CNPG, files, config: { Entrypoint: ['/manager'], User: '65532:65532', WorkingDir: '/' } })
}

const PATH = { Env: ['PATH=/usr/sbin:/usr/bin:/sbin:/bin'] }

/** A shell and its tools in two megabytes, from Debian's package. */
function busybox(say: Say): ImageArchive {
  const file = join(CLUSTER_CACHE, 'busybox', 'bin', 'busybox')
  if (!existsSync(file)) {
    say('busybox out of its Debian package ...')
    mkdirSync(CLUSTER_CACHE, { recursive: true })
    const work = mkdtempSync(join(CLUSTER_CACHE, 'busybox-'))
    chmodSync(work, 0o755)
    execFileSync('sh', ['-c', 'apt-get -qq download busybox-static && dpkg-deb -x busybox-static_*.deb x'], { cwd: work, stdio: 'pipe' })
    rmSync(join(CLUSTER_CACHE, 'busybox'), { recursive: true, force: true })
    mkdirSync(join(CLUSTER_CACHE, 'busybox', 'bin'), { recursive: true })
    copyFileSync(existsSync(join(work, 'x/bin/busybox')) ? join(work, 'x/bin/busybox') : join(work, 'x/usr/bin/busybox'), file)
    rmSync(work, { recursive: true })
  }
  const tools = execFileSync(file, ['--list'], { encoding: 'utf8' }).trim().split('\n')
  const links = Object.fromEntries(tools.filter((name) => name !== 'busybox').map((name) => [`bin/${name}`, '-> busybox']))
  return image({ ref: BUSYBOX, files: { 'bin/busybox': file, ...links }, config: PATH })
}

/** Made again when a file or the config is another. */
function image({ ref, files, config }: Recipe): ImageArchive {
  const hash = createHash('sha256').update(JSON.stringify([ref, config]))
  for (const [path, source] of Object.entries(files)) {
    hash.update(path).update(source.startsWith('-> ') ? source : readFileSync(source))
  }
  const folder = join(CLUSTER_CACHE, 'images')
  const archive = join(folder, `${ref.replaceAll(/[/:]/g, '-')}-${hash.digest('hex').slice(0, 12)}.tar`)
  if (existsSync(archive)) return { ref, archive }
  mkdirSync(folder, { recursive: true })
  const work = mkdtempSync(join(CLUSTER_CACHE, 'image-'))
  try {
    const root = join(work, 'root')
    mkdirSync(join(root, 'tmp'), { recursive: true, mode: 0o755 })
    chmodSync(join(root, 'tmp'), 0o1777)
    for (const [path, source] of Object.entries(files)) {
      const to = join(root, path)
      mkdirSync(dirname(to), { recursive: true, mode: 0o755 })
      if (source.startsWith('-> ')) symlinkSync(source.slice(3), to)
      else {
        copyFileSync(source, to)
        chmodSync(to, 0o755)
      }
    }
    const layer = join(work, 'layer.tar')
    execFileSync('tar', ['--numeric-owner', '--owner=0', '--group=0', '--sort=name', '--mtime=@0', '-C', root, '-cf', layer, '.'])
    const diff = createHash('sha256').update(readFileSync(layer)).digest('hex')
    const architecture = arch() === 'arm64' ? 'arm64' : 'amd64'
    const about = { architecture, os: 'linux', config, rootfs: { type: 'layers', diff_ids: [`sha256:${diff}`] } }
    writeFileSync(join(work, 'config.json'), JSON.stringify(about))
    writeFileSync(join(work, 'manifest.json'), JSON.stringify([{ Config: 'config.json', RepoTags: [ref], Layers: ['layer.tar'] }]))
    execFileSync('tar', ['-C', work, '-cf', join(work, 'image.tar'), 'manifest.json', 'config.json', 'layer.tar'])
    renameSync(join(work, 'image.tar'), archive)
  } finally {
    rmSync(work, { recursive: true, force: true })
  }
  return { ref, archive }
}
