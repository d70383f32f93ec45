// A real node for the test cluster: containerd, kubelet and kube-proxy in the cluster's network and in mount and process namespaces of
// their own, so that containers, mounts and pod networks go with the first process of the node. Cluster DNS and volumes run on it as pods.
import { execFileSync, spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, readdirSync, readFileSync, rmdirSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { type ImageArchive, nodeImages, PAUSE } from '#test/cluster/archive'
import { eventually, execute, type Place } from '#test/cluster/daemons'
import { type ControlPlane, NET, NODE_NAME, type Say } from '#test/cluster/kubernetes'
import { nodeManifests } from '#test/cluster/node-manifests'
import { CLUSTER_BIN, ensureClusterTools, NODE_TOOLS } from '#test/cluster/tools'

export interface TestNode {
  /** Into containerd's store; kept images are not read again. */
  importImages(images: readonly ImageArchive[]): Promise<void>
  ctr(args: readonly string[]): Promise<string>
  stop(): Promise<void>
}

const HOLDER = 'node'
const SERVERS = ['kube-proxy', 'kubelet', 'containerd']
const BRIDGE = 'akko0'
/** Debian packages by a program or file of theirs. */
const PACKAGES: Readonly<Record<string, string>> = {
  '/usr/bin/containerd': 'containerd',
  '/usr/sbin/runc': 'runc',
  '/usr/lib/cni/bridge': 'containernetworking-plugins',
  '/usr/sbin/nft': 'nftables',
  '/usr/sbin/conntrack': 'conntrack',
  '/sbin/ip': 'iproute2',
}
/** What the kubelet wants of the whole machine: the node sees it so, and the machine stays as it is. */
const SYSCTLS = {
  'vm/overcommit_memory': 1,
  'vm/panic_on_oom': 0,
  'kernel/panic': 10,
  'kernel/panic_on_oops': 1,
  'kernel/keys/root_maxkeys': 1_000_000,
  'kernel/keys/root_maxbytes': 25_000_000,
}
/** Fixed folders that these programs write to: the node sees empty ones of its own. On the machine they exist, empty. */
const HIDDEN = ['/run/netns', '/run/containerd', '/var/lib/cni', '/var/lib/kubelet', '/var/log/pods', '/var/log/containers']

function missingPackages(): string[] {
  return Object.entries(PACKAGES).flatMap(([file, name]) => (existsSync(file) ? [] : [name]))
}

function installPackages(say: Say): void {
  const names = missingPackages()
  if (names.length === 0) return
  if (!existsSync('/usr/bin/apt-get')) throw new Error(`install ${names.join(' ')}: a node of the test cluster is made of them`)
  say(`apt-get install ${names.join(' ')} ...`)
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' }
  const options = ['-qq', '-o', 'DPkg::Lock::Timeout=300']
  spawnSync('apt-get', [...options, 'update'], { env, stdio: 'ignore' })
  execFileSync('apt-get', [...options, 'install', '-y', '--no-install-recommends', ...names], {
    env,
    stdio: ['ignore', 'ignore', 'inherit'],
  })
}

export async function startNode(plane: ControlPlane, say: Say): Promise<TestNode> {
  ensureClusterTools(NODE_TOOLS, say)
  installPackages(say)
  const images = nodeImages(say)
  const began = Date.now()
  const { daemons, folder } = plane
  const socket = join(folder, 'containerd.sock')
  const client = ['ctr', '--address', socket, '--namespace', 'k8s.io']
  const good = async (command: readonly string[]) => {
    const { code, stdout, stderr } = await execute(command, { timeoutMs: 600_000 })
    if (code !== 0) throw new Error(`${command.join(' ')}: ${stderr || stdout}`)
    return stdout
  }
  const node: TestNode = {
    ctr: (args) => good([...client, ...args]),
    importImages: async (wanted) => {
      const marks = join(folder, 'imported')
      mkdirSync(marks, { recursive: true })
      for (const { ref, archive } of wanted) {
        const mark = join(marks, ref.replaceAll('/', '-')) // what the name stands for now
        const stamp = `${archive} ${statSync(archive).mtimeMs}`
        if (existsSync(mark) && readFileSync(mark, 'utf8') === stamp) continue
        await good([...client, 'images', 'import', archive])
        const names = (await good([...client, 'images', 'list', '--quiet'])).split('\n')
        if (!names.includes(ref)) throw new Error(`${archive} does not hold ${ref}`)
        writeFileSync(mark, stamp)
      }
    },
    stop: () => stopNode(plane),
  }
  const place = await makePlace(plane)
  writeSettings(folder, socket)
  const words = (name: string) => () => `${name}: ${daemons.lastWords(name)}`
  daemons.start('containerd', place, ['containerd', '--config', join(folder, 'conf/containerd.toml')])
  await eventually('containerd answers', 30, () => execute([...client, 'version'], { timeoutMs: 5000 }), words('containerd'))
  await node.importImages(images)
  daemons.start('kubelet', place, [
    join(CLUSTER_BIN, 'kubelet'),
    `--config=${join(folder, 'conf/kubelet.json')}`,
    `--kubeconfig=${join(folder, 'conf/kubelet.kubeconfig')}`,
    `--root-dir=${join(folder, 'kubelet')}`,
    `--hostname-override=${NODE_NAME}`,
    `--node-ip=${NET.node}`,
  ])
  daemons.start('kube-proxy', place, [
    join(CLUSTER_BIN, 'kube-proxy'),
    `--kubeconfig=${join(folder, 'conf/proxy.kubeconfig')}`,
    '--proxy-mode=nftables',
    `--cluster-cidr=${NET.pods}`,
    `--hostname-override=${NODE_NAME}`,
    `--nodeport-addresses=${NET.node}/32`,
    '--oom-score-adj=0',
    '--conntrack-max-per-core=0',
    '--conntrack-tcp-timeout-established=0',
    '--conntrack-tcp-timeout-close-wait=0',
  ])
  const ready = ['wait', '--for=condition=Ready', `node/${NODE_NAME}`, '--timeout=1s']
  await eventually('the node is ready', 90, () => plane.run('kubectl', ready), words('kubelet'))
  await plane.kubectl(['apply', '--server-side', '--force-conflicts', '-f', '-'], nodeManifests(join(folder, 'volumes')))
  for (const [namespace, name] of [
    ['kube-system', 'coredns'],
    ['local-path-storage', 'local-path-provisioner'],
  ] as const) {
    const rollout = ['--namespace', namespace, 'rollout', 'status', `deployment/${name}`, '--timeout=1s']
    await eventually(`${name} is ready`, 120, () => plane.run('kubectl', rollout), words('kubelet'))
  }
  say(`node ready after ${((Date.now() - began) / 1000).toFixed(1)} s`)
  return node
}

/** The namespaces of the node, with its first process in them. */
async function makePlace({ daemons, folder, inside }: ControlPlane): Promise<Place> {
  if (!daemons.pid(HOLDER)) {
    for (const cgroup of cgroupsOf(folder)) mkdirSync(cgroup, { recursive: true })
    for (const dir of HIDDEN) mkdirSync(dir, { recursive: true })
  }
  const own = ['unshare', '--mount', '--pid', '--fork', '--kill-child', '--mount-proc', '--propagation=private']
  const holder = daemons.start(HOLDER, [...inside, ...own], [join(CLUSTER_BIN, 'pause')])
  let first = ''
  await eventually('the namespaces of the node', 10, async () => {
    first = readFileSync(`/proc/${holder}/task/${holder}/children`, 'utf8').trim()
    const is = first !== '' && readFileSync(`/proc/${first}/cmdline`, 'utf8').endsWith('/pause\0')
    return { code: is ? 0 : 1, stdout: first, stderr: daemons.lastWords(HOLDER) }
  })
  const place = ['nsenter', ...['net', 'mnt', 'pid'].map((kind) => `--${kind === 'mnt' ? 'mount' : kind}=/proc/${first}/ns/${kind}`)]
  const script = [
    ...HIDDEN.map((dir) => `grep -q ' ${dir} tmpfs' /proc/mounts || mount -t tmpfs tmpfs ${dir}`),
    ...Object.entries(SYSCTLS).map(([name, value]) => {
      const shown = `/run/containerd/${name.replaceAll('/', '.')}`
      return `test -e ${shown} || { echo ${value} > ${shown}; mount --bind ${shown} /proc/sys/${name}; }`
    }),
    'echo 1 > /proc/sys/net/ipv4/ip_forward',
    'test ! -e /proc/sys/net/bridge || echo 1 > /proc/sys/net/bridge/bridge-nf-call-iptables',
    // Without a route the kernel refuses to send to a Service before nftables sees it. There is none to anywhere else.
    `ip route replace ${NET.services} dev lo src ${NET.node}`,
  ]
  const { code, stderr } = await execute([...place, 'sh', '-ec', script.join('\n')])
  if (code !== 0) throw new Error(`the node's namespaces: ${stderr}`)
  return place
}

/** A cgroup of this cluster's own, below each controller or in the one tree. */
function cgroupsOf(folder: string): string[] {
  const root = '/sys/fs/cgroup'
  const name = cgroupName(folder)
  if (existsSync(join(root, 'cgroup.controllers'))) return [join(root, name)]
  return readdirSync(root, { withFileTypes: true }).flatMap((e) =>
    e.isDirectory() && e.name !== 'unified' ? [join(root, e.name, name)] : [],
  )
}

const cgroupName = (folder: string) => `akko-${basename(folder)}`

function writeSettings(folder: string, socket: string): void {
  const conf = (name: string) => join(folder, 'conf', name)
  mkdirSync(join(folder, 'cni'), { recursive: true })
  const subnet = NET.pods.replace('/16', '/24')
  writeFileSync(
    join(folder, 'cni/10-akko.conflist'),
    JSON.stringify({
      cniVersion: '0.4.0',
      name: 'akko',
      plugins: [
        {
          type: 'bridge',
          bridge: BRIDGE,
          isGateway: true,
          hairpinMode: true,
          ipam: { type: 'host-local', ranges: [[{ subnet }]], routes: [{ dst: '0.0.0.0/0' }] },
        },
      ],
    }),
  )
  writeFileSync(
    conf('containerd.toml'),
    `version = 2
root = "${folder}/containerd"
state = "/run/containerd/akko"
[grpc]
  address = "${socket}"
[plugins."io.containerd.internal.v1.opt"]
  path = "${folder}/opt"
[plugins."io.containerd.grpc.v1.cri"]
  sandbox_image = "${PAUSE}"
  restrict_oom_score_adj = true # where CAP_SYS_RESOURCE lacks, runc dies of a negative score
  [plugins."io.containerd.grpc.v1.cri".cni]
    bin_dir = "/usr/lib/cni"
    conf_dir = "${folder}/cni"
`,
  )
  writeFileSync(conf('resolv.conf'), `nameserver ${NET.dns}\n`)
  writeFileSync(
    conf('kubelet.json'),
    JSON.stringify({
      apiVersion: 'kubelet.config.k8s.io/v1beta1',
      kind: 'KubeletConfiguration',
      address: NET.node,
      healthzBindAddress: '127.0.0.1',
      containerRuntimeEndpoint: `unix://${socket}`,
      cgroupDriver: 'cgroupfs',
      cgroupRoot: `/${cgroupName(folder)}`,
      clusterDomain: 'cluster.local',
      clusterDNS: [NET.dns],
      resolvConf: conf('resolv.conf'),
      podLogsDir: join(folder, 'pods'),
      volumePluginDir: join(folder, 'plugins'),
      makeIPTablesUtilChains: false,
      failSwapOn: false,
      oomScoreAdj: 0,
      maxPods: 200,
      tlsCertFile: join(folder, 'pki/kubelet.crt'),
      tlsPrivateKeyFile: join(folder, 'pki/kubelet.key'),
      authentication: { anonymous: { enabled: false }, webhook: { enabled: true }, x509: { clientCAFile: join(folder, 'pki/ca.crt') } },
      authorization: { mode: 'Webhook' },
      imageGCHighThresholdPercent: 100,
      evictionHard: { 'memory.available': '100Mi', 'nodefs.available': '2%', 'imagefs.available': '2%' },
    }),
  )
}

/** Ends all containers and servers of the node at once, and takes back what it made outside its namespaces. */
export async function stopNode({ daemons, folder }: Pick<ControlPlane, 'daemons' | 'folder'>): Promise<void> {
  await daemons.stop(HOLDER, 0)
  for (const name of SERVERS) await daemons.stop(name, 0)
  await eventually('the cgroups of the node are empty', 20, async () => {
    const left = cgroupsOf(folder).filter((dir) => existsSync(dir) && !removeCgroup(dir))
    return { code: left.length, stdout: left.join(' '), stderr: '' }
  })
  for (const dir of ['containerd', 'kubelet', 'pods', 'volumes', 'imported']) rmSync(join(folder, dir), { recursive: true, force: true })
}

/** From the leaves up; false while a process is still in it. */
function removeCgroup(dir: string): boolean {
  for (const entry of readdirSync(dir, { withFileTypes: true })) if (entry.isDirectory()) removeCgroup(join(dir, entry.name))
  return removeEmpty(dir)
}

function removeEmpty(dir: string): boolean {
  try {
    rmdirSync(dir)
    return true
  } catch {
    return !existsSync(dir)
  }
}
