// The few names that more than one declaration shares.

export const REALM = 'akko'
/** What a thing of Kubernetes, a bucket or a namespace may be called. */
export const NAME = { pattern: '^[a-z0-9]([a-z0-9.-]*[a-z0-9])?$', examples: ['akko', 'my-thing'] } as const
/** The SQL engine's client of the realm; tokens of people who work through it are for this client. */
export const SQL_CLIENT = 'trino'
/** The domain of a cluster until it is given its own. */
export const CLUSTER_DOMAIN = 'akko.local'
/** The Iceberg catalogue, and the prefix of its REST API. */
export const WAREHOUSE = 'akko-warehouse'
/** The bucket where the catalogue's tables live. */
export const WAREHOUSE_BUCKET = 'akko-iceberg'
/** The landing zone for raw files; holds no tables. */
export const LANDING_BUCKET = 'akko-warehouse'
/** Where people share files. */
export const SHARED_BUCKET = 'akko-shared'
export const REGION = 'akko-local'

export const ROLES = {
  admin: 'akko-admin',
  engineer: 'akko-engineer',
  analyst: 'akko-analyst',
  user: 'akko-user',
  viewer: 'akko-viewer',
} as const

/** Namespaces of the catalogue. */
export const NAMESPACES = ['banking', 'healthcare', 'retail', 'telecom', 'manufacturing', 'raw', 'staging', 'analytics'] as const

/** May add rows to the audit and read them, and no more. */
export const AUDIT_ROLE = 'akko_audit'
/** Sees how full a server is, and no row of anybody. */
export const MONITOR_ROLE = 'akko_monitor'

/** Databases of the infrastructure server that hold the state of our own parts; each is owned by the role of its name. */
export const STATE_DATABASES = { identity: 'keycloak', catalog: 'polaris', platform: 'akko' } as const

/** The business database that `akko env` points psql at, and that the demo fills. */
export const DEMO_DATABASE = 'banking'
/** Where positions are kept (PostGIS). */
export const PLACES_DATABASE = 'geospatial'

/** SQL catalogues over the business server: catalogue name -> database. The Iceberg one is `iceberg`. */
export const DATABASE_CATALOGS = {
  postgresql: 'analytics',
  banking: 'banking',
  healthcare: 'healthcare',
  geospatial: 'geospatial',
  rag: 'rag',
} as const

export const ICEBERG_CATALOG = 'iceberg'
/** Tables that are kept until the server ends. */
export const MEMORY_CATALOG = 'memory'
/** TPC-H's data, made when it is read. */
export const TPCH_CATALOG = 'tpch'

/** All that hold tables of people. */
export const SQL_CATALOGS: readonly string[] = [ICEBERG_CATALOG, ...Object.keys(DATABASE_CATALOGS), MEMORY_CATALOG, TPCH_CATALOG]

/** The role with which the SQL part reads one business database. */
export function sqlRole(database: string): string {
  return `sql_${database}`
}

/** Names of generated secrets, in one place so that producer and consumer agree. */
export const secretName = {
  superuser: (server: string) => `${server}.superuser`,
  role: (server: string, role: string) => `${server}.role.${role}`,
  key: (name: string) => `storage.key.${name}`,
  /** The storage's own administrator key, and the key that signs session tokens. */
  storageRoot: 'storage.root',
  storageSession: 'storage.session',
  /** Seal the keys of encrypted objects; made with the first of those, and replaced by `akko storage rotate-key`. */
  storageSealing: 'storage.sealing',
  /** SeaweedFS' list of identities with their keys, made from the keys. */
  storageIdentities: 'storage.identities',
  principal: (name: string) => `catalog.principal.${name}`,
  catalogRoot: 'catalog.root',
  /** Signs the catalogue's own short-lived tokens. */
  catalogTokens: 'catalog.tokens',
  client: (clientId: string) => `identity.client.${clientId}`,
  user: (username: string) => `identity.user.${username}`,
  identityAdmin: 'identity.admin',
  /** Seals the secrets of second factors. */
  secondFactors: 'identity.second-factors',
  /** Ed25519 (PKCS#8, PEM): signs the anchors of the audit. */
  auditKey: 'audit.key',
  /** With it the realm reads an LDAP directory; only the operator can give it. */
  directory: 'identity.directory',
  biAdmin: 'bi.admin',
  /** Seals the gateway's session cookies. */
  edgeSession: 'edge.session',
  /** From it the gateway's key at each part is made. */
  edgeKey: 'edge.key',
  /** Between the nodes of one SQL engine. */
  sqlInternal: 'sql.internal',
  /** A service's own key that signs or encrypts what it keeps: sessions, tokens, connections. */
  app: (service: string) => `app.${service}`,
} as const
