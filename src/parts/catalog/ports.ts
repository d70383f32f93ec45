// What the catalogue is handed: the metadata files, the vending of keys, the doors and the constants.
import type { Pool } from 'pg'
import type { Authenticator, Authoriser, Caller } from '#kit/access'
import type { Listen, ServeOptions } from '#kit/http'
import type { Log } from '#kit/log'
import type { Secret } from '#kit/secret'
import type { AccountOf } from '#parts/catalog/view-owner'

/** Bytes of a metadata file. */
export const LARGEST_METADATA = 32 * 1024 * 1024
/** Bytes of a request: the changes of some tables, never the whole of one that has grown. */
export const LARGEST_BODY = 8 * 1024 * 1024

/** Metadata files in the object store, by URI. A write is durable before it resolves. */
export interface MetadataFiles {
  /** Of the URIs that it serves; catalogues elsewhere are refused. */
  readonly scheme: 's3' | 'file'
  /** Its text, unpacked where it is gzip. Throws NoSuchFile, NotReadable, and FileTooLarge for one of more than LARGEST_METADATA. */
  read(uri: string): Promise<string>
  /** Fails when the file exists: metadata files are never overwritten. */
  write(uri: string, text: string): Promise<void>
  /** Files that are gone already count as removed. */
  remove(uris: readonly string[]): Promise<void>
  /** Removes everything below `uri/`. */
  removeBelow(uri: string): Promise<void>
}

/**
 * Short-lived keys for a table's files, as the client's `s3.*` properties (Iceberg's S3 FileIO). Called before the authoriser is asked whether they
 * may be lent: what they are bound to is no newer than its answer.
 */
export type Vend = (caller: Caller) => (request: {
  /** `s3://bucket/path/`, each ending in a slash. */
  readonly prefixes: readonly string[]
  readonly mode: 'read' | 'write'
}) => Promise<Readonly<Record<string, string>>>

export interface CatalogDeps {
  readonly listen: Listen
  /** The database of the catalogue; its tables live in a schema of their own. */
  readonly pool: Pool
  readonly authoriser: Authoriser
  readonly authenticator: Authenticator
  /** The gateway's: only who shows it tells from where a request came. */
  readonly gatewayKey?: Secret
  /** `none`: everyone acts as this one principal (compatibility tests, loopback only). */
  readonly authentication: { readonly mode: 'token' } | { readonly mode: 'none'; readonly principal: string }
  /** The principal that may manage everything. */
  readonly root: { readonly clientId: string; readonly secret: Secret }
  /** Signs the tokens of principals; at least 32 bytes. */
  readonly tokenKey: Secret
  /** The catalogue that `lake` serves and that clients get who name none. */
  readonly warehouse: string
  /** The warehouse's name in SQL and in the policy: `iceberg`. */
  readonly sqlCatalog: string
  readonly files: MetadataFiles
  readonly vend: Vend
  /** Days for which a table that was dropped can be had back, where nobody asked that its files go at once. Default: 0, none. */
  readonly droppedDays?: number
  /** The account of a person, who makes a view that is read with his rights. Absent: names are not known to come back. */
  readonly accountOf?: AccountOf
  /** Sent to clients as defaults: `s3.endpoint`, `s3.region`, `s3.path-style-access`. */
  readonly clientDefaults: Readonly<Record<string, string>>
  readonly version: string
  readonly log?: Log
  readonly observe?: ServeOptions['observe']
}
