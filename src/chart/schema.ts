// values.schema.json of the umbrella: every key that exists, closed, with patterns that RE2 takes (no look-around).

import { INIT_CHART, toggleOf } from '#chart/init'
import { clusterServices } from '#chart/model'
import { EMPTY_PROFILE, PROFILES } from '#chart/values'
import { OWN_TAG } from '#platform/images'
import { CLUSTER_DOMAIN, NAME } from '#platform/names'
import { jobs } from '#platform/registry'
import type { Job } from '#platform/service'

/** The part of JSON Schema used here. */
export interface Schema {
  readonly type?: string | readonly string[]
  readonly description?: string
  readonly properties?: Readonly<Record<string, Schema>>
  readonly additionalProperties?: boolean | Schema
  readonly items?: Schema
  readonly propertyNames?: Schema
  readonly enum?: readonly string[]
  readonly pattern?: string
  readonly minimum?: number
  readonly maximum?: number
  readonly minLength?: number
  readonly examples?: readonly unknown[]
  readonly $schema?: string
  readonly title?: string
}

const bool = (description?: string): Schema => ({ type: 'boolean', ...(description ? { description } : {}) })
const int = (minimum: number, maximum: number): Schema => ({ type: 'integer', minimum, maximum })
const text = (pattern: string, ...examples: string[]): Schema => ({ type: 'string', pattern, examples })
const oneOf = (...values: string[]): Schema => ({ type: 'string', enum: values })
const object = (properties: Record<string, Schema>, description?: string): Schema => ({
  type: 'object',
  properties,
  additionalProperties: false,
  ...(description ? { description } : {}),
})
const list = (items: Schema): Schema => ({ type: 'array', items })
const map = (values: Schema): Schema => ({ type: 'object', additionalProperties: values })
const open: Schema = { type: 'object' }

const name = text(NAME.pattern, ...NAME.examples)
const optionalName = text('^([a-z0-9]([a-z0-9.-]*[a-z0-9])?)?$', '', 'fast')
const size = text('^[0-9]+(Mi|Gi|Ti)$', '5Gi', '100Gi')
const cpu = text('^([0-9]+m|[0-9]+(\\.[0-9]+)?)$', '100m', '2')
const memory = text('^[0-9]+(Mi|Gi)$', '128Mi', '2Gi')
const optionalUrl = text('^(https?://[A-Za-z0-9.:\\[\\]-]+)?$', '', 'http://proxy.example.org:3128', 'https://s3.example.org')
const cron = text('^\\S+( \\S+){4,5}$', '0 2 * * *')

const amounts = object({ cpu, memory, 'ephemeral-storage': memory })
const resources = object({ requests: amounts, limits: amounts })
const persistence = object({ size, storageClass: optionalName })
const image = object({ repository: text('^[a-z0-9][a-z0-9._/-]*$', 'mirror/akko'), tag: text('^[A-Za-z0-9_][A-Za-z0-9._-]*$', OWN_TAG) })

/** What a job takes beside its toggle. */
function jobSchemas({ values = {} }: Job): Record<string, Schema> {
  return Object.fromEntries(
    Object.entries(values).map(([key, { default: of, pattern, examples }]) => {
      const one = text(pattern, ...examples)
      return [key, typeof of === 'string' ? one : list(one)]
    }),
  )
}

function globalSchema(): Schema {
  return object({
    domain: text('^[a-z0-9]([a-z0-9-]*[a-z0-9])?(\\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)+$', CLUSTER_DOMAIN, 'lake.example.org'),
    image: object({
      registry: text('^([a-z0-9][a-z0-9.:/-]*)?$', '', 'registry.example.org:5000/akko'),
      pullPolicy: oneOf('IfNotPresent', 'Always', 'Never'),
      pullSecrets: list(name),
    }),
    initImage: image,
    storageClass: optionalName,
    tls: object({
      mode: oneOf('selfSigned', 'certManager', 'secret'),
      secretName: name,
      issuer: object({ name: optionalName, kind: oneOf('ClusterIssuer', 'Issuer') }),
    }),
    ingress: object({
      enabled: bool(),
      className: text(NAME.pattern, 'traefik', 'nginx'),
      annotations: map({ type: 'string' }),
      guardAnnotations: map({ type: 'string' }),
      controllerNamespaces: { ...list(name) },
    }),
    gateway: object({ enabled: bool(), name, namespace: name }),
    networkPolicy: object({ enabled: bool() }),
    admissionPolicy: object({ enabled: bool() }),
    antiAffinity: bool(),
    ipFamilyPolicy: oneOf('SingleStack', 'PreferDualStack', 'RequireDualStack'),
    proxy: object({ http: optionalUrl, https: optionalUrl, exclude: list(text('^\\S+$', '.example.org')) }),
    policy: object(
      {
        files: { ...map({ type: 'string' }), propertyNames: text('^[A-Za-z0-9][A-Za-z0-9._-]*[.]yaml$', 'policy.yaml') },
        configMap: {
          ...optionalName,
          description: 'Where the files are, when somebody else keeps them (Git); else where the chart puts them.',
        },
      },
      'Who may do what, `*.yaml` by name. Without them the shipped policy is in force.',
    ),
    s3: object({
      endpoint: optionalUrl,
      internalEndpoint: optionalUrl,
      region: name,
      keys: oneOf('auto', 'config', 'iam', 'preset'),
      iamEndpoint: optionalUrl,
    }),
    cnpg: object({
      enabled: bool(),
      instances: int(1, 9),
      operatorNamespace: name,
      podAntiAffinityType: oneOf('preferred', 'required'),
      switchoverDelay: int(1, 3600),
      failoverDelay: int(0, 3600),
      stopDelay: int(1, 3600),
      smartShutdownTimeout: int(0, 3600),
      walSize: size,
      backup: object({
        enabled: bool(),
        endpoint: optionalUrl,
        destinationPath: text('^s3://[a-z0-9][a-z0-9./-]*$', 's3://akko-postgresql/'),
        secretName: name,
        schedule: text('^\\S+( \\S+){5}$', '0 0 1 * * *'),
        retention: text('^[1-9][0-9]*[dwm]$', '30d'),
      }),
    }),
    checkPrerequisites: bool(),
  })
}

/** The whole schema. */
export function valuesSchema(): Schema {
  const enabled = bool('Switches this sub-chart; wins over its profile.')
  const shared = { enabled, global: open }
  const charts = clusterServices().map(({ title, cluster: c }): [string, Schema] => [
    c.name,
    object(
      {
        ...shared,
        image,
        ...(c.workload === 'DaemonSet' ? {} : { replicas: int(1, c.cnpg || (c.storage && c.workload === 'StatefulSet') ? 1 : 10) }),
        resources,
        ...(c.storage ? { persistence } : {}),
        ...(c.pods ? { pods: object({ image, persistence }, 'The pods that it starts by itself, and the volume of each person.') } : {}),
        env: map({ type: 'string' }),
        podAnnotations: map({ type: 'string' }),
        nodeSelector: map({ type: 'string' }),
        tolerations: list(open),
      },
      title,
    ),
  ])
  const backup = object({ enabled: bool(), schedule: cron, retention: int(1, 365), persistence })
  const init = object({
    ...shared,
    demo: bool('The five demo people with known passwords, and the demo data.'),
    rerun: { ...text('^[A-Za-z0-9._:-]*$', '', '2026-11-21'), description: 'Another text than before runs every init job once more.' },
    secrets: object({ enabled: bool('Write missing Secrets before install and upgrade.') }),
    ...Object.fromEntries(
      jobs.flatMap((j: Job) => {
        const key = toggleOf(j)
        const values = object({ enabled: bool(), ...jobSchemas(j) }, j.title)
        return [[key, values], ...(j.alias ? [[toggleOf(j, j.alias), { ...values, description: `The same as ${key}; wins.` }]] : [])]
      }),
    ),
    backup: object({ postgres: backup, minio: backup }),
    resources,
  })
  return {
    $schema: 'http://json-schema.org/draft-07/schema#',
    title: 'Values of the AKKO chart',
    ...object({
      tags: object(Object.fromEntries([...PROFILES, EMPTY_PROFILE].map((p) => [p, bool()]))),
      global: globalSchema(),
      [INIT_CHART]: init,
      'akko-common': open,
      ...Object.fromEntries(charts),
    }),
  }
}
