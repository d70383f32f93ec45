// The init jobs: which resources each keeps true, and what must answer first. The same names in both shapes.
import type { Kind, Resource } from '#platform/resources'
import { defineJob } from '#platform/service'

const ofKinds =
  (...kinds: Kind[]) =>
  (r: Resource): boolean =>
    kinds.includes(r.kind)

const POSTGRES: readonly Kind[] = ['role', 'database', 'extension', 'schema', 'table']

export const jobs = [
  defineJob({
    name: 'postgres-init',
    title: 'Infrastructure databases and roles',
    needs: ['postgresql'],
    selects: (r) => POSTGRES.includes(r.kind) && 'server' in r && r.server === 'postgresql',
    toggle: 'akko-init.postgres.enabled',
  }),
  defineJob({
    name: 'postgres-data-init',
    title: 'Business databases, roles and extensions',
    needs: ['postgresql-data'],
    selects: (r) => POSTGRES.includes(r.kind) && 'server' in r && r.server === 'postgresql-data',
    toggle: 'akko-init.postgresData.enabled',
  }),
  defineJob({
    name: 'storage-init',
    title: 'Buckets and keys',
    needs: ['storage'],
    selects: ofKinds('bucket', 'key'),
    toggle: 'akko-init.minio.enabled',
    alias: 'akko-init.storage.enabled',
  }),
  defineJob({
    name: 'polaris-init',
    title: 'Catalogue, namespaces, principals and grants',
    needs: ['catalog'],
    selects: ofKinds('catalog', 'namespace', 'principal', 'principalRole', 'catalogRole', 'grant'),
    toggle: 'akko-init.polaris.enabled',
  }),
  defineJob({
    name: 'keycloak-clients',
    title: 'Realm, roles and clients',
    needs: ['identity'],
    selects: ofKinds('realm', 'realmRole', 'client'),
    toggle: 'akko-init.keycloakClients.enabled',
  }),
  defineJob({
    name: 'bootstrap-admin',
    title: 'First users',
    needs: ['keycloak-clients'],
    selects: ofKinds('user'),
    toggle: 'akko-init.bootstrapAdmin.enabled',
  }),
  defineJob({
    name: 'keycloak-sync',
    title: 'People of an LDAP directory',
    needs: ['keycloak-clients'],
    selects: ofKinds('directory'),
    toggle: 'akko-init.keycloakSync.enabled',
    optIn: true,
  }),
  defineJob({
    name: 'superset-bootstrap',
    title: 'Data source and, with the demo, its dashboard',
    needs: ['bi'],
    selects: ofKinds('dataSource', 'dataset', 'chart', 'dashboard'),
    toggle: 'akko-init.supersetBootstrap.enabled',
  }),
  defineJob({
    name: 'ollama-init',
    title: 'Models',
    needs: ['ollama'],
    selects: ofKinds('model'),
    toggle: 'akko-init.ollama.enabled',
  }),
  // Not a job yet: ai-functions, since there are no AI functions of AKKO's yet.
] as const
