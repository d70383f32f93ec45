// helm/scripts/smoke.json: what the smoke test asks of a running release, from the declarations.

import { fill } from '#chart/fill'
import { clusterServices, SITE } from '#chart/model'
import { NAMESPACES, PLACES_DATABASE, REALM, secretName, WAREHOUSE } from '#platform/names'
import { jobs, resourcesOf, serviceNamed, theOne } from '#platform/registry'
import type { Resource, ResourceOf } from '#platform/resources'
import { s3KeyRefs, secretRef } from '#platform/secret-objects'

type Key = ResourceOf<'key'>

/** Which key is tried, and whose buckets must stay closed to it. */
const S3_KEY = 'catalog'
const S3_STRANGER = 'mlflow'

export function smokeChecks() {
  const resources = resourcesOf(SITE)
  const database = (extension: string) => {
    const found = resources.find((r) => r.kind === 'extension' && r.name === extension)
    if (found?.kind !== 'extension') throw new Error(`no declaration asks for the extension ${extension}`)
    return found.database
  }
  const key = (name: string) => {
    const found = resources.find((r): r is Key => r.kind === 'key' && r.name === name)
    if (!found?.buckets[0]) throw new Error(`no S3 key is declared under the name ${name}`)
    return { bucket: found.buckets[0].name, ...s3KeyRefs(found.secret) }
  }
  const owner = (r: Resource & { kind: 'database' }) => ({
    role: r.owner,
    database: r.name,
    ...secretRef(secretName.role(r.server, r.owner)),
  })
  const server = (name: string, wanted: (database: string) => boolean = () => true) => {
    const found = resources.find((r) => r.kind === 'database' && r.server === name && wanted(r.name))
    if (found?.kind !== 'database') throw new Error(`no database is declared on ${name}`)
    return { address: fill(`%{address ${name}}`), ...owner(found) }
  }
  return {
    /** The pod that asks: policy lets it reach every service. */
    from: theOne(clusterServices(), ({ cluster }) => cluster.probes, 'asks every other').cluster.name,
    /** The workload that knows which S3 is used. */
    s3Consumer: serviceNamed('sql').cluster?.name,
    jobs: jobs.map((j) => `akko-${j.name}`),
    s3: { own: key(S3_KEY), other: key(S3_STRANGER).bucket },
    postgresql: server('postgresql'),
    postgresqlData: server('postgresql-data'),
    postgis: server('postgresql-data', (d) => d === PLACES_DATABASE && d === database('postgis')),
    vector: server('postgresql-data', (d) => d === database('vector')),
    identity: fill(`%{url identity}/realms/${REALM}/.well-known/openid-configuration`),
    sql: fill('%{url sql}/v1/statement'),
    catalog: {
      url: fill('%{url catalog}/api/catalog'),
      warehouse: WAREHOUSE,
      namespaces: NAMESPACES as readonly string[],
      ...secretRef(secretName.principal('trino')),
    },
    policy: `${fill('%{url policy}')}${serviceNamed('policy').cluster?.readiness.path}`,
    cockpit: `${fill('%{url cockpit}')}${serviceNamed('cockpit').cluster?.readiness.path}`,
    admin: secretRef(secretName.user('admin')),
  }
}
