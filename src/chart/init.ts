// The sub-chart akko-init: the step that writes Secrets, the jobs of the ensure engine with their inputs, and the backups.
import { secretName, WAREHOUSE } from '#platform/names'
import { jobs, resourcesOf, services } from '#platform/registry'
import { type SecretRef, s3KeyRefs, secretRef } from '#platform/secret-objects'
import type { Job, Site } from '#platform/service'
import { BACKUPS, callersOf, clusterServices, connectionsOf, DOMAIN, SITE, servicesBehind, waitFor } from './model.ts'
import { secretSpecs } from './secrets.ts'

export const INIT_CHART = 'akko-init'
const USER = 10001
const DEMO: Site = { ...SITE, demo: true }

/** `akko-init.polaris.enabled` -> `polaris`. */
export function toggleOf(job: Job): string {
  const [chart, key, last] = job.toggle.split('.')
  if (chart !== INIT_CHART || !key || last !== 'enabled')
    throw new Error(`the toggle ${job.toggle} of ${job.name} is not ${INIT_CHART}.<key>.enabled`)
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
      restartPolicy: 'OnFailure',
      args: ['secrets', '/etc/akko/secrets.json'],
      allowFrom: [],
      connectTo: [],
    },
    jobs: jobs.map((job) => ({
      ...pod,
      job: job.name,
      name: `akko-${job.name}`,
      component: job.name,
      toggle: toggleOf(job),
      serviceAccount: INIT_CHART,
      args: ['ensure', '/etc/akko/resources.json'],
      waits: job.needs.map((need) => waitFor(need)),
      secretEnv: adminOf(job),
      env: { AKKO_CLUSTER_NAMESPACE: '{{ .Release.Namespace }}', ...addressesOf(job) },
      neighbours: connectionsOf(job.name).map((c) => clusterServices().find((s) => s.name === c.component)?.cluster.name ?? ''),
      s3: job.needs.includes('storage'),
      allowFrom: callersOf(job.name),
      connectTo: connectionsOf(job.name),
      ...(job.name === 'polaris-init' ? { catalog: WAREHOUSE } : {}),
    })),
    backups: backups(pod),
  }
}

/** The administrator's credentials of the services that a job works on. */
function adminOf(job: Job): Record<string, SecretRef> {
  const env: Record<string, SecretRef> = {}
  for (const service of job.needs.flatMap(servicesBehind)) {
    if (service.startsWith('postgresql')) env.AKKO_POSTGRESQL_PASSWORD = secretRef(secretName.superuser(service))
    if (service === 'storage') {
      const { id, secret } = s3KeyRefs(secretName.storageRoot)
      env.AKKO_S3_ACCESS_KEY = id
      env.AKKO_S3_SECRET_KEY = secret
    }
    if (service === 'catalog') env.AKKO_CATALOG_ROOT = secretRef(secretName.catalogRoot)
    if (service === 'identity') env.AKKO_IDENTITY_ADMIN_PASSWORD = secretRef(secretName.identityAdmin)
  }
  return env
}

function addressesOf(job: Job): Record<string, string> {
  return Object.fromEntries(
    job.needs.flatMap(servicesBehind).flatMap((name) => {
      const found = clusterServices().find((s) => s.name === name)
      if (!found || name === 'storage') return []
      return [[`AKKO_${name.toUpperCase().replaceAll('-', '_')}_ADDRESS`, `${found.cluster.name}:${found.cluster.ports.main}`]]
    }),
  )
}

function backups(pod: object) {
  const servers = services.flatMap((s) => (s.cluster?.cnpg ? [s] : []))
  const databases = (server: string) => resourcesOf(SITE).flatMap((r) => (r.kind === 'database' && r.server === server ? [r.name] : []))
  const passwordOf = (server: string) => `AKKO_${server.toUpperCase().replaceAll('-', '_')}_PASSWORD`
  const dump = servers.flatMap((s) => [
    `export PGPASSWORD="$${passwordOf(s.name)}" PGUSER=postgres PGHOST=${s.cluster?.name} PGPORT=${s.cluster?.ports.main}`,
    `mkdir -p "$work/${s.name}"`,
    `pg_dumpall --globals-only --no-role-passwords --file="$work/${s.name}/globals.sql"`,
    ...databases(s.name).map((d) => `pg_dump --format=custom --file="$work/${s.name}/${d}.dump" ${d}`),
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
    const of = (site: Site) =>
      `${JSON.stringify(
        resourcesOf(site).filter((r) => job.selects(r)),
        null,
        1,
      )}\n`
    files[`files/${job.name}.json`] = of(SITE)
    if (of(DEMO) !== of(SITE)) files[`files/${job.name}.demo.json`] = of(DEMO)
  }
  const all = [...new Map([...secretSpecs(SITE)].map((s) => [s.name, s])).values()]
  const demo = secretSpecs(DEMO).filter((s) => !all.some((a) => a.name === s.name))
  const line = (specs: readonly object[]) => specs.map((s) => JSON.stringify(s)).join(',\n')
  const selfSigned = JSON.stringify({
    name: '{{ .Values.global.tls.secretName }}',
    type: 'kubernetes.io/tls',
    selfSigned: [DOMAIN, `*.${DOMAIN}`],
  })
  files['files/secrets.json'] =
    `[${line(all)}{{ if .Values.demo }},\n${line(demo)}{{ end }}{{ if eq .Values.global.tls.mode "selfSigned" }},\n${selfSigned}{{ end }}]\n`
  return files
}
