// The sub-chart akko-init: the step that writes Secrets, the jobs of the ensure engine with their inputs, and the backups.

import { fill } from '#chart/fill'
import { BACKUPS, callersOf, clusterServices, connectionsOf, DEMO_JOB, DOMAIN, SITE, servicesBehind, waitFor } from '#chart/model'
import { secretSpecs } from '#chart/secrets'
import { DEMO_DATABASE, PLACES_DATABASE, REALM, secretName, WAREHOUSE } from '#platform/names'
import { jobs, resourcesOf, serviceNamed, services } from '#platform/registry'
import { EXIT, type SecretRef, type SecretSpec, s3KeyRefs, secretObject, secretRef } from '#platform/secret-objects'
import type { Job, Site } from '#platform/service'

export const INIT_CHART = 'akko-init'
const USER = 10001
const DEMO: Site = { ...SITE, demo: true }

/** `akko-init.polaris.enabled` -> `polaris`. */
export function toggleOf(job: Job, toggle: string = job.toggle): string {
  const [chart, key, last] = toggle.split('.')
  if (chart !== INIT_CHART || !key || last !== 'enabled')
    throw new Error(`the toggle ${toggle} of ${job.name} is not ${INIT_CHART}.<key>.enabled`)
  return key
}

/** What the jobs and hooks of akko-init are rendered from. */
export function initDeclaration() {
  const pod = { user: USER, ports: {}, kubernetesApi: true, scratch: [], scratchFromImage: [], egress: [], neighbours: [] as string[] }
  return {
    ...pod,
    name: INIT_CHART,
    component: INIT_CHART,
    secrets: {
      ...pod,
      name: 'akko-secrets',
      component: 'secrets',
      serviceAccount: 'akko-secrets',
      // A Secret that only the operator can repair fails the hook at once; what passes by itself is tried again.
      restartPolicy: 'Never',
      failsAtOnce: [EXIT.operator],
      args: ['secrets', '/etc/akko/secrets.json'],
      allowFrom: [],
      connectTo: [],
    },
    jobs: jobs.map((job: Job) => ({
      ...pod,
      job: job.name,
      name: `akko-${job.name}`,
      component: job.name,
      toggle: toggleOf(job),
      ...withChart(job),
      ...(job.name === 'keycloak-sync' ? { directory: { realm: REALM, secret: secretName.directory } } : {}),
      ...(job.alias ? { alias: toggleOf(job, job.alias) } : {}),
      // An account of its own: what one job may read, the others may not.
      serviceAccount: `akko-${job.name}`,
      secrets: secretsOf(job),
      args: ['ensure', '/etc/akko/resources.json'],
      waits: job.needs.map(readyFor),
      secretEnv: adminOf(job),
      env: addressesOf(job),
      fieldEnv: {
        AKKO_JOB: "metadata.labels['batch.kubernetes.io/job-name']",
        AKKO_JOB_UID: "metadata.labels['batch.kubernetes.io/controller-uid']",
      },
      neighbours: connectionsOf(job.name).map((c) => clusterServices().find((s) => s.name === c.component)?.cluster.name ?? ''),
      s3: job.needs.includes('storage'),
      allowFrom: callersOf(job.name),
      connectTo: connectionsOf(job.name),
      ...(job.name === 'polaris-init' ? { catalog: WAREHOUSE } : {}),
    })),
    demo: demoJob(pod),
    backups: backups(pod),
  }
}

/** The Secrets that a job reads through Kubernetes, and whether it keeps them too: a directory's password is only the operator's. */
function secretsOf(job: Job): { readonly names: readonly string[]; readonly keeps: boolean } {
  if (job.name === 'keycloak-sync') return { names: [secretObject(secretName.directory)], keeps: false }
  const mine = resourcesOf(DEMO).flatMap((r) => (job.selects(r) && 'secret' in r && r.secret ? [secretObject(r.secret)] : []))
  return { names: [...new Set(mine)].sort(), keeps: mine.length > 0 }
}

/** A job of a service beyond the core belongs to a release only where that service's sub-chart does. */
function withChart(job: Job): { readonly withChart?: string } {
  const service = clusterServices().find((s) => s.name === job.needs[0])
  return service && service.cluster.profile !== 'core' ? { withChart: service.cluster.name } : {}
}

/** Loads the demo's rows and prints its report; only with akko-init.demo. */
function demoJob(pod: object) {
  const data = 'postgresql-data'
  const passwords = { AKKO_BANKING_PASSWORD: DEMO_DATABASE, AKKO_GEOSPATIAL_PASSWORD: PLACES_DATABASE }
  return {
    ...pod,
    kubernetesApi: false,
    name: `akko-${DEMO_JOB}`,
    component: DEMO_JOB,
    serviceAccount: INIT_CHART,
    args: ['demo'],
    waits: [
      waitFor('sql'),
      waitFor('keycloak-clients'),
      ...Object.entries(passwords).map(([env, d]) => fill(`postgresql://${d}@%{address ${data}}/${d}?password-env=${env}`)),
    ],
    secretEnv: {
      ...Object.fromEntries(Object.entries(passwords).map(([env, d]) => [env, secretRef(secretName.role(data, d))])),
      AKKO_OIDC_CLIENT_SECRET: secretRef(secretName.client('trino')),
    },
    env: {
      AKKO_SQL_URL: fill('%{url sql}'),
      AKKO_IDENTITY_ADDRESS: fill('%{address identity}'),
      AKKO_POSTGRESQL_DATA_ADDRESS: fill(`%{address ${data}}`),
    },
    allowFrom: [],
    connectTo: connectionsOf(DEMO_JOB),
    neighbours: connectionsOf(DEMO_JOB).map((c) => clusterServices().find((s) => s.name === c.component)?.cluster.name ?? ''),
  }
}

/** A job works as the server's administrator: it waits until that one may log in. */
function readyFor(need: string): string {
  const found = clusterServices().find((s) => s.name === need)
  return found?.cluster.cnpg
    ? `postgresql://postgres@${found.cluster.name}:${found.cluster.ports.main}/postgres?password-env=AKKO_POSTGRESQL_PASSWORD`
    : waitFor(need)
}

/** The administrator's credentials of the services that a job works on. */
function adminOf(job: Job): Record<string, SecretRef> {
  const env: Record<string, SecretRef> = {}
  for (const service of job.needs.flatMap(servicesBehind)) {
    if (serviceNamed(service).cluster?.cnpg) env.AKKO_POSTGRESQL_PASSWORD = secretRef(secretName.superuser(service))
    if (service === 'storage') {
      const { id, secret } = s3KeyRefs(secretName.storageRoot)
      env.AKKO_S3_ACCESS_KEY = id
      env.AKKO_S3_SECRET_KEY = secret
    }
    if (service === 'catalog') env.AKKO_CATALOG_ROOT = secretRef(secretName.catalogRoot)
    if (service === 'bi') env.AKKO_BI_ADMIN_PASSWORD = secretRef(secretName.biAdmin)
    if (service === 'identity') env.AKKO_IDENTITY_ADMIN_PASSWORD = secretRef(secretName.identityAdmin)
  }
  return env
}

function addressesOf(job: Job): Record<string, string> {
  return Object.fromEntries(
    job.needs.flatMap(servicesBehind).flatMap((name) => {
      const found = clusterServices().find((s) => s.name === name)
      if (!found) return []
      if (name === 'storage')
        return [
          ['AKKO_S3_KEYS', '{{ include "akko-common.s3Keys" . }}'],
          ['AKKO_S3_IAM_ENDPOINT', '{{ .Values.global.s3.iamEndpoint }}'],
        ]
      const store =
        name === 'catalog'
          ? [
              ['AKKO_S3_ENDPOINT', fill('%{s3.endpoint}')],
              ['AKKO_S3_REGION', fill('%{s3.region}')],
            ]
          : []
      return [...store, [`AKKO_${name.toUpperCase().replaceAll('-', '_')}_ADDRESS`, `${found.cluster.name}:${found.cluster.ports.main}`]]
    }),
  )
}

const passwordOf = (server: string) => `AKKO_${server.toUpperCase().replaceAll('-', '_')}_PASSWORD`

/** helm/scripts/restore.json: the servers whose databases the backups keep, one a line, as a shell script reads it. */
export function restoreServers(): string {
  const lines = services.flatMap((s) =>
    s.cluster?.cnpg ? [{ name: s.name, host: s.cluster.name, port: s.cluster.ports.main, password: passwordOf(s.name) }] : [],
  )
  return `[\n${lines.map((line) => ` ${JSON.stringify(line)}`).join(',\n')}\n]\n`
}

function backups(pod: object) {
  const servers = services.flatMap((s) => (s.cluster?.cnpg ? [s] : []))
  const dump = servers.flatMap((s) => [
    `export PGPASSWORD="$${passwordOf(s.name)}" PGUSER=postgres PGHOST=${s.cluster?.name} PGPORT=${s.cluster?.ports.main}`,
    `mkdir -p "$work/${s.name}"`,
    `pg_dumpall --globals-only --no-role-passwords --file="$work/${s.name}/globals.sql"`,
    // Whatever databases there are, those of users too; by PGDATABASE, since a name on the command line may be taken for options.
    `psql --no-psqlrc -Atc "SELECT datname FROM pg_database WHERE datallowconn AND NOT datistemplate" postgres >"$work/${s.name}/databases"`,
    `while read -r db; do PGDATABASE="$db" pg_dump --format=custom --file="$work/${s.name}/$(printf %s "$db" | tr / _).dump"; done <"$work/${s.name}/databases"`,
  ])
  const script = [
    'set -eu',
    'day=$(date -u +%Y-%m-%dT%H%M%SZ)',
    'work=/backups/.unfinished',
    'rm -rf "$work"',
    ...dump,
    'sync',
    'mv "$work" "/backups/$day"',
    'ls -1d /backups/2* | head -n -{{ .Values.backup.postgres.retention }} | while read -r old; do rm -rf "$old"; done',
    'ls -1 /backups',
    '',
  ].join('\n')
  const s3 = s3KeyRefs(secretName.storageRoot)
  return [
    {
      ...pod,
      kubernetesApi: false,
      name: 'akko-backup-postgres',
      component: BACKUPS[0],
      toggle: 'postgres',
      claim: 'akko-backup-postgres',
      serviceAccount: `${INIT_CHART}-backup`,
      image: servers[0]?.cluster?.image,
      command: ['/bin/sh', '-c'],
      args: [script],
      secretEnv: Object.fromEntries(servers.map((s) => [passwordOf(s.name), secretRef(secretName.superuser(s.name))])),
      env: {},
      allowFrom: [],
      connectTo: connectionsOf(BACKUPS[0]),
    },
    {
      ...pod,
      kubernetesApi: false,
      name: 'akko-backup-storage',
      component: BACKUPS[1],
      toggle: 'minio',
      claim: 'akko-backup-storage',
      serviceAccount: `${INIT_CHART}-backup`,
      args: ['copy-storage', '/backups', '--keep={{ .Values.backup.minio.retention }}'],
      secretEnv: { AKKO_S3_ACCESS_KEY: s3.id, AKKO_S3_SECRET_KEY: s3.secret },
      env: {},
      s3: true,
      allowFrom: [],
      connectTo: connectionsOf(BACKUPS[1]),
    },
  ]
}

/** File name -> text: what each job keeps true, with the domain as a template; a second one where the demo differs. */
export function initFiles(): Record<string, string> {
  const files: Record<string, string> = {}
  for (const job of jobs) {
    const of = (site: Site) => {
      const mine = resourcesOf(site).filter((r) => job.selects(r))
      return `${fill(JSON.stringify(mine, null, 1))}\n`
    }
    files[`files/${job.name}.json`] = of(SITE)
    if (of(DEMO) !== of(SITE)) files[`files/${job.name}.demo.json`] = of(DEMO)
  }
  files['files/secrets.json'] = secretsFile()
  return files
}

/** The list of Secrets as a template: what is asked of an S3 key depends on who gives out keys. */
function secretsFile(): string {
  const all = secretSpecs(SITE)
  const demo = secretSpecs(DEMO).filter((s) => !all.some((a) => a.name === s.name))
  const selfSigned: SecretSpec = {
    name: '{{ .Values.global.tls.secretName }}',
    type: 'kubernetes.io/tls',
    selfSigned: [DOMAIN, `*.${DOMAIN}`],
  }
  const plain = (spec: SecretSpec) => `,\n${JSON.stringify(spec)}`
  const when = (condition: string, text: string, otherwise = '') =>
    `{{ if ${condition} }}${text}${otherwise ? `{{ else }}${otherwise}` : ''}{{ end }}`
  const given = ({ name, generate }: SecretSpec) => plain({ name, require: Object.keys(generate ?? {}) })
  const line = (spec: SecretSpec): string => {
    if (spec.identities) {
      const own = when('$iam', plain({ ...spec, identities: spec.identities.slice(0, 1) }), plain(spec))
      return when('or $config (not .Values.global.s3.endpoint)', own)
    }
    if (spec.name === s3KeyRefs(secretName.storageRoot).id.secret)
      return when('or $preset (and $iam .Values.global.s3.endpoint)', given(spec), plain(spec))
    if (spec.generate?.['access-key']) return when('$preset', given(spec), when('$config', plain(spec)))
    return plain(spec)
  }
  const password = secretRef(secretName.directory)
  const [first, ...rest] = all
  return [
    ...['config', 'iam', 'preset'].map((mode) => `{{- $${mode} := eq (include "akko-common.s3Keys" .) "${mode}" -}}\n`),
    `[${JSON.stringify(first)}`,
    ...rest.map(line),
    when('.Values.demo', demo.map(plain).join('')),
    when('.Values.keycloakSync.enabled', plain({ name: password.secret, require: [password.key] })),
    when('eq .Values.global.tls.mode "selfSigned"', plain(selfSigned)),
    ']\n',
  ].join('')
}
