// A real Kubernetes control plane (etcd, API server, controllers, scheduler) in a network namespace of its own: nothing of the
// machine's network, ports or firewall is touched, and nothing in it reaches beyond.
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readlinkSync, rmSync, writeFileSync } from 'node:fs'
import { userInfo } from 'node:os'
import { join } from 'node:path'
import { Daemons, eventually, execute, type Options, ownRecord, type Place, type Result, runningPid } from '#test/cluster/daemons'
import { writeKeys } from '#test/cluster/keys'
import { CLUSTER_BIN, CLUSTER_CACHE, CONTROL_PLANE_TOOLS, clusterTool, ensureClusterTools } from '#test/cluster/tools'
import { goTool } from '#test/support/go-tools'

export type Say = (line: string) => void

/** Addresses inside the namespace. The node's own is not in 127/8, which Kubernetes refuses to advertise. */
export const NET = {
  node: '10.203.0.1',
  pods: '10.204.0.0/16',
  services: '10.205.0.0/16',
  api: '10.205.0.1',
  dns: '10.205.0.10',
} as const
export const NODE_NAME = 'akko-node'

const SERVER = `https://${NET.node}:6443`
const ETCD = 'http://127.0.0.1:2379'
const HOLDER = 'network'

export interface ControlPlane {
  readonly folder: string
  readonly kubeconfig: string
  /** What the programs here are told: kubeconfig, PATH, helm's settings. */
  readonly env: Readonly<Record<string, string>>
  readonly daemons: Daemons
  /** Words before a command that put it into the cluster's network, for programs that this API does not start. */
  readonly inside: Place
  kubectl(args: readonly string[], stdin?: string): Promise<string>
  helm(args: readonly string[]): Promise<string>
  /** Any program in the cluster's network, with kubectl and helm on its PATH; a code other than 0 is returned, not thrown. */
  run(command: string, args: readonly string[], options?: Options): Promise<Result>
  /** Ends every process of it, and removes its folder. */
  stop(): Promise<void>
}

export interface ControlPlaneOptions {
  /** Where everything of it lives; a new one below the cache when not given. */
  readonly folder?: string
  /** Processes outlive this one; the next start with this folder finds them. */
  readonly keep?: boolean
}

/** Why there can be no cluster here; undefined when there can. */
export function whyNoCluster(): string | undefined {
  if (process.platform !== 'linux') return 'a test cluster needs Linux'
  return userInfo().uid === 0 ? undefined : 'a test cluster needs root for its network namespace'
}

export async function startControlPlane(say: Say, { folder = newFolder(), keep = false }: ControlPlaneOptions = {}): Promise<ControlPlane> {
  const problem = whyNoCluster()
  if (problem) throw new Error(problem)
  ensureClusterTools(CONTROL_PLANE_TOOLS, say)
  goTool('helm')
  const began = Date.now()
  if (keep && !runningPid(join(folder, 'run', `${HOLDER}.json`))) rmSync(folder, { recursive: true, force: true }) // of before a reboot
  const daemons = new Daemons(folder, keep)
  const pki = join(folder, 'pki')
  const conf = (name: string) => join(folder, 'conf', `${name}.kubeconfig`)
  await writeKeys(folder, SERVER, [
    { name: 'apiserver', subject: 'CN=kube-apiserver', alsoNamed: API_NAMES, client: false },
    { name: 'admin', subject: 'O=system:masters, CN=admin', client: true },
    { name: 'controllers', subject: 'CN=system:kube-controller-manager', client: true },
    { name: 'scheduler', subject: 'CN=system:kube-scheduler', client: true },
    { name: 'proxy', subject: 'CN=system:kube-proxy', client: true },
    { name: 'kubelet', subject: `O=system:nodes, CN=system:node:${NODE_NAME}`, alsoNamed: [NET.node, NODE_NAME], client: true },
  ])
  const holder = daemons.start(HOLDER, ['unshare', '--net'], [clusterTool('pause')])
  const inside: Place = ['nsenter', `--net=/proc/${holder}/ns/net`]
  const env = {
    KUBECONFIG: conf('admin'),
    PATH: `${CLUSTER_BIN}:${join(goTool('helm'), '..')}:${process.env.PATH}`,
    HELM_QPS: '1000', // its default spares a shared server; this one is its own
    HELM_BURST_LIMIT: '1000',
    // helm's own folders, so that no setting of this machine's user is read
    HELM_CACHE_HOME: join(folder, 'helm'),
    HELM_CONFIG_HOME: join(folder, 'helm'),
    HELM_DATA_HOME: join(folder, 'helm'),
  }
  const run = (command: string, args: readonly string[], options: Options = {}) =>
    execute([...inside, command, ...args], { ...options, env: { ...env, ...options.env } })
  const good = async (command: string, args: readonly string[], stdin?: string) => {
    const { code, stdout, stderr } = await run(command, args, stdin === undefined ? {} : { stdin })
    if (code !== 0) throw new Error(`${command} ${args.join(' ')}: ${stderr || stdout}`)
    return stdout
  }
  const plane: ControlPlane = {
    folder,
    kubeconfig: env.KUBECONFIG,
    env,
    daemons,
    inside,
    run,
    kubectl: (args, stdin) => good('kubectl', args, stdin),
    helm: (args) => good('helm', args),
    stop: () => stopControlPlane(plane),
  }
  const server = (name: string, args: Readonly<Record<string, string>>) =>
    daemons.start(name, inside, [join(CLUSTER_BIN, name), ...Object.entries(args).map(([k, v]) => `--${k}=${v}`)])
  try {
    // Until its first process has left ours, /proc/<pid>/ns/net is the machine's own network.
    const network = (pid: number | 'self') => readlinkSync(`/proc/${pid}/ns/net`)
    await eventually('the network namespace', 10, async () => ({
      code: network(holder) === network('self') ? 1 : 0,
      stdout: '',
      stderr: '',
    }))
    for (const words of [`link set lo up`, `address replace ${NET.node}/32 dev lo`]) {
      const { code, stderr } = await execute([...inside, 'ip', ...words.split(' ')])
      if (code !== 0) throw new Error(`ip ${words}: ${stderr}`)
    }
    server('etcd', {
      'data-dir': join(folder, 'etcd'),
      'unsafe-no-fsync': 'true',
      'log-level': 'warn',
      'listen-client-urls': ETCD,
      'advertise-client-urls': ETCD,
    })
    server('kube-apiserver', {
      'etcd-servers': ETCD,
      'bind-address': NET.node,
      'advertise-address': NET.node,
      'secure-port': '6443',
      'service-cluster-ip-range': NET.services,
      'tls-cert-file': join(pki, 'apiserver.crt'),
      'tls-private-key-file': join(pki, 'apiserver.key'),
      'client-ca-file': join(pki, 'ca.crt'),
      'kubelet-client-certificate': join(pki, 'admin.crt'),
      'kubelet-client-key': join(pki, 'admin.key'),
      'kubelet-certificate-authority': join(pki, 'ca.crt'),
      'kubelet-preferred-address-types': 'InternalIP',
      'service-account-issuer': 'https://kubernetes.default.svc',
      'service-account-key-file': join(pki, 'tokens.pub'),
      'service-account-signing-key-file': join(pki, 'tokens.key'),
      'authorization-mode': 'Node,RBAC',
      'enable-admission-plugins': 'NodeRestriction',
      'allow-privileged': 'true',
    })
    const words = (...names: string[]) => names.map((name) => `${name}: ${daemons.lastWords(name)}`).join('\n')
    await eventually(
      'the API server is ready',
      90,
      () => run('kubectl', ['get', '--raw', '/readyz']),
      () => words('etcd', 'kube-apiserver'),
    )
    server('kube-controller-manager', {
      kubeconfig: conf('controllers'),
      'authentication-kubeconfig': conf('controllers'),
      'authorization-kubeconfig': conf('controllers'),
      'bind-address': '127.0.0.1',
      'leader-elect': 'false',
      'root-ca-file': join(pki, 'ca.crt'),
      'cluster-signing-cert-file': join(pki, 'ca.crt'),
      'cluster-signing-key-file': join(pki, 'ca.key'),
      'service-account-private-key-file': join(pki, 'tokens.key'),
      'use-service-account-credentials': 'true',
    })
    server('kube-scheduler', {
      kubeconfig: conf('scheduler'),
      'authentication-kubeconfig': conf('scheduler'),
      'authorization-kubeconfig': conf('scheduler'),
      'bind-address': '127.0.0.1',
      'leader-elect': 'false',
    })
    await eventually(
      'controllers make service accounts',
      60,
      () => run('kubectl', ['get', 'serviceaccount', 'default', '--namespace=default']),
      () => words('kube-controller-manager'),
    )
  } catch (error) {
    if (!keep) await plane.stop()
    throw error
  }
  say(`control plane ready after ${((Date.now() - began) / 1000).toFixed(1)} s`)
  return plane
}

export async function stopControlPlane({ daemons, folder }: Pick<ControlPlane, 'daemons' | 'folder'>): Promise<void> {
  for (const name of ['kube-scheduler', 'kube-controller-manager', 'kube-apiserver', 'etcd', HOLDER]) await daemons.stop(name)
  rmSync(folder, { recursive: true, force: true })
}

const API_NAMES = [NET.node, NET.api, 'kubernetes', 'kubernetes.default', 'kubernetes.default.svc', 'localhost']

/** Below the cache, after the folders of runs that were killed are gone. */
function newFolder(): string {
  const runs = join(CLUSTER_CACHE, 'run')
  mkdirSync(runs, { recursive: true })
  for (const old of readdirSync(runs).map((name) => join(runs, name))) {
    const owner = join(old, 'owner.json')
    if (existsSync(owner) && !runningPid(owner) && !runningPid(join(old, 'run', `${HOLDER}.json`)))
      rmSync(old, { recursive: true, force: true })
  }
  const folder = mkdtempSync(join(runs, 'c'))
  writeFileSync(join(folder, 'owner.json'), ownRecord())
  return folder
}
