// The shape of a declaration: what one service is, in both shapes of the platform, as data.
import type { Alert } from '#kit/alert'
import type { Program } from '#kit/programs'
import type { Kind, Resource, Server } from '#platform/resources'
import type { Settings } from '#platform/settings'

export type Layer = 'edge' | 'identity' | 'data' | 'lake' | 'compute' | 'analytics' | 'ai' | 'governance' | 'observability'

/** Where the platform runs: everything a declaration may depend on. */
export interface Site {
  readonly shape: 'machine' | 'cluster'
  /** `akko.localhost` on one machine, `akko.local` on a cluster by default. */
  readonly domain: string
  /** The HTTPS port that browsers use; 443 is left out of URLs. */
  readonly publicPort: number
  readonly demo: boolean
}

export interface Probe {
  readonly port: string
  /** HTTP path; without it the probe opens the port. */
  readonly path?: string
  /** Run in the container instead, where asking from outside says too little; others still ask at `path`. */
  readonly exec?: readonly string[]
}

export interface Image {
  readonly repository: string
  readonly tag: string
  /** True for the images built from docker/ in this repository. */
  readonly own?: true
}

/** A rule of an RBAC Role. */
export interface KubernetesRight {
  /** '' is the core. */
  readonly apiGroup: string
  readonly resources: readonly string[]
  readonly verbs: readonly ('get' | 'list' | 'watch' | 'create' | 'update' | 'patch' | 'delete')[]
}

/** Pods that a service starts by itself, one per person: they have a component of their own, so that policies know them. */
export interface OwnPods {
  readonly component: string
  readonly image: Image
  readonly port: number
  /** Of the volume that each person keeps. */
  readonly storage: string
  /** Services that they call, beside the one that started them and the public hosts. */
  readonly needs: readonly string[]
}

export interface ClusterShape {
  /** Name of the Service and the workload. */
  readonly name: string
  readonly workload: 'Deployment' | 'StatefulSet' | 'DaemonSet'
  readonly image: Image
  readonly ports: Readonly<Record<string, number>>
  readonly replicas?: number
  readonly resources: { readonly cpu: string; readonly memory: string; readonly memoryLimit: string }
  readonly storage?: string
  readonly readiness: Probe
  readonly liveness?: Probe
  /** Plain environment; secrets are named in `secretEnv`. */
  readonly env?: Readonly<Record<string, string>>
  /** Environment name -> secret name of the platform. */
  readonly secretEnv?: Readonly<Record<string, string>>
  /**
   * Texts of `env`, `jobEnv`, `args`, `config` and `doneUrl` may hold `%{domain}`, `%{origin identity}` (its first host), `%{url identity}`,
   * `%{address postgresql}`, `%{host sql}`, `%{port sql}` (in the cluster), `%{s3.endpoint}`, `%{s3.region}`, `%{release}`; of the pods that it
   * starts `%{pods.image}`, `%{pods.pullPolicy}`, `%{pods.pullSecrets}` (with commas), `%{pods.size}` and `%{pods.storageClass}`.
   */
  readonly args?: readonly string[]
  readonly command?: readonly string[]
  /** Its own database on a server; the password comes as the named environment variable. */
  readonly database?: { readonly server: Server; readonly name: string; readonly passwordEnv: string }
  /** Name of its S3 key; it is given as AKKO_S3_ENDPOINT, _REGION, _ACCESS_KEY and _SECRET_KEY. */
  readonly s3?: string
  /** File path -> text, mounted read-only. Never a secret. */
  readonly config?: Readonly<Record<string, string>>
  /** File path -> secret name of the platform, mounted read-only. */
  readonly secretFiles?: Readonly<Record<string, string>>
  /** Folders that it writes and that may be lost; `/tmp` always is one. */
  readonly scratch?: readonly string[]
  /** Folders of the image that it changes at its start: copied to scratch first. */
  readonly scratchFromImage?: readonly string[]
  /** Where `storage` is mounted. */
  readonly dataPath?: string
  /** What it may do with objects of its own namespace; only then it is handed a token of Kubernetes. */
  readonly kubernetesRights?: readonly KubernetesRight[]
  /** Folders of the node, read-only (a DaemonSet's). */
  readonly nodePaths?: readonly string[]
  /** uid and gid of its process; 10001 for images of our own unless said. */
  readonly user?: number
  /** Why it must be root, where it must. */
  readonly rootBecause?: string
  /** Whole cores; by default four times what it asks for, and at least one. */
  readonly cpuLimit?: string
  readonly scrape?: { readonly port: string; readonly path: string }
  /** It asks every such door. One service does. */
  readonly scrapes?: true
  /** Which port its hosts lead to; `main` unless said. */
  readonly hostPort?: string
  /** Its hosts are the ingress controller's own and lead to no Service. */
  readonly hostsElsewhere?: true
  /** Asked by the ingress controller before it forwards a guarded host. One service is. */
  readonly guardsHosts?: true
  /** Paths under a host that lead here although the host is another service's. */
  readonly routes?: readonly { readonly host: string; readonly path: string }[]
  /** It asks every other service at its readiness door whether it is well. */
  readonly probes?: true
  /** It is the S3 that the value `global.s3` may name another for: clients take its endpoint from there. With this key everything is open. */
  readonly objectStore?: { readonly rootKey: string }
  /** Its administrator's credentials, for the init jobs that work on it: environment name -> secret name. */
  readonly adminEnv?: Readonly<Record<string, string>>
  /** Environment of the init jobs that work on it, beside its address. */
  readonly jobEnv?: Readonly<Record<string, string>>
  /** It keeps nothing: production runs several of it. */
  readonly replicated?: true
  /** Size of its volume in production, where it is another. */
  readonly productionStorage?: string
  /** Needs on a cluster only. */
  readonly needs?: readonly string[]
  readonly pods?: OwnPods
  /** Ports outside the cluster that it calls, and why. */
  readonly egress?: readonly { readonly port: number; readonly why: string }[]
  /** It answers by the policy: its owner's files are mounted where the values give some (`global.policy`), and AKKO_POLICY_FOLDER names them. */
  readonly policy?: true
  /** A program of the image akko-init in the same pod, which begins first: then it is the one that the policy's files are given to. */
  readonly sidecar?: { readonly name: string; readonly args: readonly string[] }
  /** Served by CloudNativePG when that is switched on; PostgreSQL's major version in its image. */
  readonly cnpg?: { readonly major: number }
  /** Not switched on by its profile, and why: only by its own `enabled`. */
  readonly optIn?: string
  /** Profiles that include it; `core` is always on. */
  readonly profile: 'core' | 'full' | 'governance' | 'aden-standalone'
}

/** How a part runs on one machine. Everything that the composition, the supervisor and the commands know of it is here. */
export interface MachineShape {
  /** Its process; parts of one cell share it. They are composed by `src/runtime/cells/<cell>/<part>.ts`. */
  readonly cell: string
  /** Port name -> number before the offset; all bound to loopback. `main` is the client's. */
  readonly ports: Readonly<Record<string, number>>
  /** Needs on one machine only. */
  readonly needs?: readonly string[]
  /** A cheap GET without a login that shows the door answers: on the `main` port, or on one of its sockets. */
  readonly health?: { readonly path: string; readonly socket?: string }
  /** Where it asks who calls. Every part with a door says so, and all are tested alike. */
  readonly signIn?: SignIn
  /**
   * Its protocol signs every request: the gateway asks for no login at its hosts, and forwards signed requests under its own name too,
   * with bodies of up to so many bytes.
   */
  readonly signed?: { readonly as: 'sigv4'; readonly bodyBytes: number }
  /** The door of the whole platform: TLS on its `main` port, and nothing is forwarded to it. One part is. */
  readonly front?: true
  /** Its process runs the init jobs. One part's does. */
  readonly runsJobs?: true
  /** Private sockets that it serves for other cells, by name. */
  readonly sockets?: readonly string[]
  readonly settings?: Settings
  /** Made before anything starts; all others are made by the ensure engine with what they open. */
  readonly secrets?: readonly FirstSecret[]
  /** Environment of its process. */
  readonly env?: Readonly<Record<string, string>>
  readonly limits?: (config: object) => Limits
  /** By name, what it may have the supervisor start for a person (ADR-011). */
  readonly programs?: Readonly<Record<string, Program>>
  /** On what it counts, in one text with everybody's. */
  readonly alerts?: readonly Alert[]
  /** What its clients speak to it, and where they find it: on its `main` port, under the gateway's name, or at its host. */
  readonly clients?: { readonly protocol: string; readonly at: 'port' | 'path' | 'host'; readonly path?: string }
  /** What its clients want in their environment, under AKKO's names and under theirs. */
  readonly clientEnv?: (client: ClientView) => Promise<Readonly<Record<string, string>>>
  /** Its process is a PostgreSQL server: no cell of ours, no composition. */
  readonly postgres?: PostgresShape
}

export interface SignIn {
  /** Of the tokens that open it; absent: it takes none. */
  readonly audience?: string
  /** What an administrator with such a token may GET, on the `main` port. */
  readonly opens?: string
  /** Requests with a body, which is not read before it is known who sends it; `anybody`: who sends it is said there. */
  readonly takes: readonly { readonly method: 'POST' | 'PUT'; readonly path: string; readonly anybody?: true }[]
}

/** The person that `akko env` speaks for, and what it can tell of the platform. */
export interface ClientView {
  readonly user: string
  /** An administrator who asked for what goes around every policy: superusers' addresses, a database owner's, the engines' credential of the catalogue. */
  readonly superuser: boolean
  /** A bearer token of the person that opens every part. */
  readonly token: string
  /** One that opens the part of this audience alone: what a tool is handed. */
  tokenFor(audience: string): Promise<string>
  /** When it ends, ISO. */
  readonly tokenExpires: string
  /** An S3 key over the buckets that the person's roles open, where they open any. */
  readonly key?: { readonly id: string; readonly secret: string; readonly session?: string }
  /** A login of the person's own at the business PostgreSQL, where something there is for him. */
  readonly postgres?: { readonly user: string; readonly password: string; readonly databases: readonly string[]; readonly tls: boolean }
  /** Where a service listens. */
  address(service: string): { readonly host: string; readonly port: number }
  /** Base of a service that speaks HTTP: on this machine its own port, from another one a host of the gateway's. */
  endpoint(service: string): string
  /** Issuer of the realm's tokens. */
  readonly issuer: string
  /** Under the gateway's own name. */
  url(path?: string): string
  secret(name: string): Promise<string>
  /** Writes a file that only the home's owner reads; returns its path. */
  file(name: string, text: string): string
  readonly caFile: string
}

export interface FirstSecret {
  readonly name: string
  /** Random bytes of it; 32 unless said. */
  readonly bytes?: number
  /** It is a pair `id:secret` with this id; `access-key` stands for a new one as S3 has them. */
  readonly id?: string
}

/** Of a process; a cell whose parts do not all have one has none. */
export interface Limits {
  /** Cap of the data segment (`prlimit --data`), MiB. */
  readonly dataMb: number
}

export interface PostgresShape {
  /** Of its data and its socket, below the home's. */
  readonly folder: string
  readonly sharedBuffersMb: number
}

export interface Service {
  readonly name: string
  /** Layer before vendor, for people: "SQL engine (Trino protocol)". */
  readonly title: string
  readonly layer: Layer
  /** Host labels under the domain; '' is the apex. */
  readonly hosts?: readonly string[]
  /** Whether the gateway asks for a login before it forwards a host. */
  readonly guarded?: boolean
  /** Path prefixes of guarded hosts that are forwarded without a login: what answers there asks for its own proof. */
  readonly open?: readonly string[]
  /** Path prefixes that clients reach under the gateway's own name, by prefix. */
  readonly paths?: readonly string[]
  readonly machine?: MachineShape
  readonly cluster?: ClusterShape
  /** Services and jobs that must be healthy (done) first. */
  readonly needs: readonly string[]
  /** What it wants to exist: its database, buckets, key, client, namespaces. */
  readonly resources?: (site: Site) => readonly Resource[]
  /** Init jobs that keep resources true on it, its own and those that others declare. */
  readonly jobs?: readonly Job[]
}

export function defineService(service: Service): Service {
  return service
}

/** One key of a job's Helm values: a text, or a list of texts. */
export interface JobValue {
  readonly default: string | readonly string[]
  /** RE2, of each text. */
  readonly pattern: string
  readonly examples: readonly string[]
  /** The job makes one of these of each text, under that name. */
  readonly makes?: Readonly<Record<string, string>> & { readonly kind: Kind }
  /** A job that is switched on is told it. */
  readonly required?: true
}

/** An init job: the ensure engine over a selection of all services' resources. */
export interface Job {
  readonly name: string
  readonly title: string
  readonly needs: readonly string[]
  readonly selects: (resource: Resource) => boolean
  /** The toggle of the seeds' values, e.g. `akko-init.polaris.enabled`. */
  readonly toggle: string
  /** Off until the operator says what it shall do. */
  readonly optIn?: true
  /** Another name of that toggle; wins where both are set. */
  readonly alias?: string
  /** What an operator may say beside the toggle. */
  readonly values?: Readonly<Record<string, JobValue>>
  /** Of the directory that its values describe: the realm that gets its people, and the password's secret, which only the operator can give. */
  readonly directory?: { readonly realm: string; readonly secret: string }
  /** It is given the policy's files too. */
  readonly policy?: true
  /** Answers once it is done, where its services answer before. */
  readonly doneUrl?: string
}

/** `https://lab.akko.localhost:8443`; the apex for ''. */
export function origin(site: Site, host: string): string {
  const name = host === '' ? site.domain : `${host}.${site.domain}`
  return site.publicPort === 443 ? `https://${name}` : `https://${name}:${site.publicPort}`
}
