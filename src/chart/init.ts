// The sub-chart akko-init: the step that writes Secrets, the jobs of the ensure engine with their inputs, and the backups.

import { fill } from '#chart/fill'
import { BACKUPS, callersOf, clusterServices, connectionsOf, DOMAIN, objectStore, SITE, servicesBehind, waitFor } from '#chart/model'
import { secretSpecs } from '#chart/secrets'
import { DEMO } from '#platform/demo'
import { secretName } from '#platform/names'
import { jobs, resourcesOf, serviceNamed, services } from '#platform/registry'
import { EXIT, type SecretRef, type SecretSpec, s3KeyRefs, secretObject, secretRef } from '#platform/secret-objects'
import type { Job, Site } from '#platform/service'

export const INIT_CHART = 'akko-init'
const USER = 10001
const DEMO_SITE: Site = { ...SITE, demo: true }

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
      ...(job.directory ? { directory: job.directory } : {}),
      ...(job.policy ? { policy: true } : {}),
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
      s3: job.needs.includes(objectStore().name),
      allowFrom: callersOf(job.name),
      connectTo: connectionsOf(job.name),
      makes: Object.fromEntries(Object.entries(job.values ?? {}).flatMap(([key, { makes }]) => (makes ? [[key, makes]] : []))),
      required: Object.entries(job.values ?? {}).flatMap(([key, { required }]) => (required ? [key] : [])),
    })),
    demo: demoJob(pod),
    backups: backups(pod),
  }
}

/** The Secrets that a job reads through Kubernetes, and whether it keeps them too: a directory's password is only the operator's. */
function secretsOf(job: Job): { readonly names: readonly string[]; readonly keeps: boolean } {
  if (job.directory) return { names: [secretObject(job.directory.secret)], keeps: false }
  const mine = resourcesOf(DEMO_SITE).flatMap((r) => (job.selects(r) && 'secret' in r && r.secret ? [secretObject(r.secret)] : []))
  return { names: [...new Set(mine)].sort(), keeps: mine.length > 0 }
}

/** A job of a service beyond the core belongs to a release only where that service's sub-chart does. */
function withChart(job: Job): { readonly withChart?: string } {
  const service = clusterServices().find((s) => s.name === job.needs[0])
  return service && service.cluster.profile !== 'core' ? { withChart: service.cluster.name } : {}
}

/** Loads the demo's rows and prints its report; only with akko-init.demo. */
function demoJob(pod: object) {
  const { name, needs, databases, secretEnv, env } = DEMO
  const onDatabases = jobs.filter((j) => j.needs.includes(databases.server)).map((j) => j.name)
  return {
    ...pod,
    kubernetesApi: false,
    name: `akko-${name}`,
    component: name,
    serviceAccount: INIT_CHART,
    args: ['demo'],
    waits: [
      ...needs.flatMap((need) => (onDatabases.includes(need) ? [] : [waitFor(need)])),
      ...Object.entries(databases.passwords).map(([password, d]) =>
        fill(`postgresql://${d}@%{address ${databases.server}}/${d}?password-env=${password}`),
      ),
    ],
    secretEnv: {
      ...Object.fromEntries(
        Object.entries(databases.passwords).map(([password, d]) => [password, secretRef(secretName.role(databases.server, d))]),
      ),
      ...Object.fromEntries(Object.entries(secretEnv).map(([key, secret]) => [key, secretRef(secret)])),
    },
    env: Object.fromEntries(Object.entries(env).map(([key, text]) => [key, fill(text)])),
    allowFrom: [],
    connectTo: connectionsOf(name),
    neighbours: connectionsOf(name).map((c) => clusterServices().find((s) => s.name === c.component)?.cluster.name ?? ''),
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
    const { adminEnv = {}, objectStore: store } = serviceNamed(service).cluster ?? {}
    for (const [key, secret] of Object.entries(adminEnv)) env[key] = secretRef(secret)
    if (store) Object.assign(env, s3Env(store.rootKey))
  }
  return env
}

function s3Env(key: string): Record<string, SecretRef> {
  const { id, secret } = s3KeyRefs(key)
  return { AKKO_S3_ACCESS_KEY: id, AKKO_S3_SECRET_KEY: secret }
}

function addressesOf(job: Job): Record<string, string> {
  return Object.fromEntries(
    job.needs.flatMap(servicesBehind).flatMap((name) => {
      const found = clusterServices().find((s) => s.name === name)
      if (!found) return []
      const more = Object.entries(found.cluster.jobEnv ?? {}).map(([key, text]) => [key, fill(text)])
      // The object store's may be another's.
      if (found.cluster.objectStore) return more
      return [...more, [`AKKO_${name.toUpperCase().replaceAll('-', '_')}_ADDRESS`, `${found.cluster.name}:${found.cluster.ports.main}`]]
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
      secretEnv: s3Env(objectStore().cluster.objectStore.rootKey),
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
    if (of(DEMO_SITE) !== of(SITE)) files[`files/${job.name}.demo.json`] = of(DEMO_SITE)
  }
  files['files/secrets.json'] = secretsFile()
  return files
}

/** The list of Secrets as a template: what is asked of an S3 key depends on who gives out keys. */
function secretsFile(): string {
  const all = secretSpecs(SITE)
  const demo = secretSpecs(DEMO_SITE).filter((s) => !all.some((a) => a.name === s.name))
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
    if (spec.name === secretObject(objectStore().cluster.objectStore.rootKey))
      return when('or $preset (and $iam .Values.global.s3.endpoint)', given(spec), plain(spec))
    if (spec.generate?.['access-key']) return when('$preset', given(spec), when('$config', plain(spec)))
    return plain(spec)
  }
  const directories = jobs.flatMap((job) => {
    if (!job.directory) return []
    const { secret, key } = secretRef(job.directory.secret)
    return [when(`.Values.${toggleOf(job)}.enabled`, plain({ name: secret, require: [key] }))]
  })
  const [first, ...rest] = all
  return [
    ...['config', 'iam', 'preset'].map((mode) => `{{- $${mode} := eq (include "akko-common.s3Keys" .) "${mode}" -}}\n`),
    `[${JSON.stringify(first)}`,
    ...rest.map(line),
    when('.Values.demo', demo.map(plain).join('')),
    ...directories,
    when('eq .Values.global.tls.mode "selfSigned"', plain(selfSigned)),
    ']\n',
  ].join('')
}
