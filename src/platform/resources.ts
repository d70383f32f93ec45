// The resources that the ensure engine knows how to keep true, as data. One type per kind; handlers in src/ensure/kinds.

/** A PostgreSQL server: the service that runs it. */
export type Server = string

export interface Role {
  readonly kind: 'role'
  readonly server: Server
  readonly name: string
  /** Name of the secret that holds its password; made when missing. */
  readonly secret: string
  readonly memberOf?: readonly string[]
}
export interface Database {
  readonly kind: 'database'
  readonly server: Server
  readonly name: string
  readonly owner: string
  /** Other roles that may connect; PUBLIC never may. */
  readonly connect?: readonly string[]
}
export interface Extension {
  readonly kind: 'extension'
  readonly server: Server
  readonly database: string
  readonly name: string
}
export interface Schema {
  readonly kind: 'schema'
  readonly server: Server
  readonly database: string
  readonly name: string
  readonly owner: string
}
export interface Table {
  readonly kind: 'table'
  readonly server: Server
  readonly database: string
  readonly schema: string
  readonly name: string
  readonly owner: string
  readonly columns: readonly { readonly name: string; readonly type: string; readonly notNull?: true; readonly default?: string }[]
  readonly primaryKey?: readonly string[]
  readonly indexes?: readonly { readonly name: string; readonly using: string; readonly on: string }[]
}
export interface Bucket {
  readonly kind: 'bucket'
  readonly name: string
  readonly versioning?: boolean
}
/** An S3 identity with one access key, limited to its buckets. */
export interface Key {
  readonly kind: 'key'
  readonly name: string
  /** IAM's path of the identity, where it is made. */
  readonly path?: string
  readonly secret: string
  readonly buckets: readonly { readonly name: string; readonly mode: 'read' | 'write' }[]
}
export interface Catalog {
  readonly kind: 'catalog'
  readonly name: string
  /** `s3://bucket[/prefix]`. */
  readonly baseLocation: string
}
export interface Namespace {
  readonly kind: 'namespace'
  readonly catalog: string
  readonly name: string
}
export interface PrincipalRole {
  readonly kind: 'principalRole'
  readonly name: string
}
export interface Principal {
  readonly kind: 'principal'
  readonly name: string
  /** Secret that holds `clientId:clientSecret` as the server gave them. */
  readonly secret: string
  readonly roles: readonly string[]
}
export interface CatalogRole {
  readonly kind: 'catalogRole'
  readonly catalog: string
  readonly name: string
  readonly principalRoles: readonly string[]
}
export interface Grant {
  readonly kind: 'grant'
  readonly catalog: string
  readonly catalogRole: string
  /** Polaris privilege, e.g. CATALOG_MANAGE_CONTENT, TABLE_READ_DATA. */
  readonly privilege: string
  /** Only for a namespace's grant. */
  readonly namespace?: string
}
export interface Realm {
  readonly kind: 'realm'
  readonly name: string
}
export interface RealmRole {
  readonly kind: 'realmRole'
  readonly realm: string
  readonly name: string
  readonly description: string
}
export interface Client {
  readonly kind: 'client'
  readonly realm: string
  readonly clientId: string
  readonly name: string
  readonly public: boolean
  /** Secret that holds the client secret; absent for public clients. */
  readonly secret?: string
  /** Exact URIs; no wildcards. */
  readonly redirectUris: readonly string[]
  readonly postLogoutRedirectUris?: readonly string[]
  readonly webOrigins?: readonly string[]
  readonly flows: readonly ('code' | 'client-credentials' | 'device' | 'password' | 'token-exchange')[]
  /** Whom its access tokens are for. A part takes no token that does not name it. */
  readonly audiences: readonly string[]
  /** Whether the realm roles are in its tokens again, as flat `groups` and in ID tokens. */
  readonly groups?: true
  /** Realm roles of its service account (client-credentials). */
  readonly serviceRoles?: readonly string[]
}
export interface User {
  readonly kind: 'user'
  readonly realm: string
  readonly username: string
  readonly email: string
  readonly firstName: string
  readonly lastName: string
  /** Secret that holds the first password. */
  readonly secret: string
  /** The fixed password of a demo user; only ever with `--demo`. */
  readonly demoPassword?: string
  readonly roles: readonly string[]
}

/** A SQL engine as business intelligence sees it. */
export interface DataSource {
  readonly kind: 'dataSource'
  readonly name: string
  readonly title: string
  /** SQLAlchemy URI without a secret in it. */
  readonly uri: string
}
/** A table, or a query, that charts are drawn from. `name` is who it is; titles may change. */
export interface Dataset {
  readonly kind: 'dataset'
  readonly name: string
  readonly dataSource: string
  readonly schema: string
  /** Its name for people; of a table without `sql`, the table's own. */
  readonly table: string
  readonly sql?: string
  readonly metrics: readonly Metric[]
}
export interface Metric {
  readonly name: string
  readonly title: string
  readonly expression: string
  /** d3 format, e.g. `,.0f`. */
  readonly format?: string
}
export interface Chart {
  readonly kind: 'chart'
  readonly name: string
  readonly title: string
  readonly dataset: string
  readonly type: 'number' | 'line' | 'bar' | 'table'
  /** Of its dataset, by name; a number shows the first. */
  readonly metrics: readonly string[]
  /** What a line, a bar or a table's row stands for: a column. */
  readonly dimension?: string
  readonly rows?: number
}
export interface Dashboard {
  readonly kind: 'dashboard'
  readonly name: string
  readonly title: string
  /** Names of charts, row by row. */
  readonly charts: readonly (readonly string[])[]
}
/** A directory of people (LDAP) that a realm reads: its users may log in, and get realm roles by their groups there. */
export interface Directory {
  readonly kind: 'directory'
  readonly realm: string
  readonly name: string
  readonly url: string
  readonly bindDn: string
  /** Secret that holds the password of `bindDn`; only the operator can give it. */
  readonly secret: string
  readonly usersDn: string
  readonly userFilter?: string
  /** Attributes of a person's entry. */
  readonly usernameAttribute: string
  readonly idAttribute: string
  readonly objectClasses: readonly string[]
  /** Where groups are whose names are the realm's roles. */
  readonly groupsDn?: string
  readonly groupFilter?: string
}
/** A model that local inference can answer with. */
export interface Model {
  readonly kind: 'model'
  /** With its tag: `qwen2.5:3b`. */
  readonly name: string
}

export type Resource =
  | Role
  | Database
  | Extension
  | Schema
  | Table
  | Bucket
  | Key
  | Catalog
  | Namespace
  | PrincipalRole
  | Principal
  | CatalogRole
  | Grant
  | Realm
  | RealmRole
  | Client
  | User
  | DataSource
  | Dataset
  | Chart
  | Dashboard
  | Directory
  | Model

export type Kind = Resource['kind']

/** A name that is unique among all resources and readable in a plan: `database akko-postgresql/keycloak`. */
export function resourceId(r: Resource): string {
  switch (r.kind) {
    case 'role':
    case 'database':
      return `${r.kind} ${r.server}/${r.name}`
    case 'extension':
    case 'schema':
      return `${r.kind} ${r.server}/${r.database}/${r.name}`
    case 'table':
      return `table ${r.server}/${r.database}/${r.schema}.${r.name}`
    case 'namespace':
    case 'catalogRole':
      return `${r.kind} ${r.catalog}/${r.name}`
    case 'grant':
      return `grant ${r.catalog}/${r.catalogRole}/${r.privilege}${r.namespace ? `@${r.namespace}` : ''}`
    case 'realmRole':
    case 'directory':
      return `${r.kind} ${r.realm}/${r.name}`
    case 'client':
      return `client ${r.realm}/${r.clientId}`
    case 'user':
      return `user ${r.realm}/${r.username}`
    default:
      return `${r.kind} ${r.name}`
  }
}
