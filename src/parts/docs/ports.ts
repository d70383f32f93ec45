// What the part is handed, and what it keeps: reports, their versions, and the files of each.
import type pg from 'pg'
import type { Authenticator, Authoriser } from '#kit/access'
import type { Listen } from '#kit/http'
import type { Log } from '#kit/log'
import type { Secret } from '#kit/secret'
import type { S3Objects } from '#wire/s3/objects'

export interface DocsDeps {
  readonly listen: Listen
  readonly pool: pg.Pool
  readonly objects: S3Objects
  readonly bucket: string
  readonly authenticator: Authenticator
  readonly authoriser: Authoriser
  /** Signs the short-lived addresses of reports' files. */
  readonly key: Secret
  /** Where browsers find this part: `https://docs.akko.localhost:8443`. */
  readonly origin: string
  /** Header in which a trusted proxy hands over the person's token; else Authorization alone counts. */
  readonly tokenHeader?: string
  /** By which it knows the gateway, whose word counts for where a request came from. */
  readonly gatewayKey?: Secret
  /** Of one version, unpacked. */
  readonly maxBytes: number
  readonly version: string
  readonly log: Log
}

export interface ReportFile {
  readonly path: string
  readonly size: number
}

export interface Version {
  readonly number: number
  readonly author: string
  readonly created: Date
  readonly bytes: number
  readonly files: readonly ReportFile[]
  /** Of its objects in the bucket. */
  readonly folder: string
}

export interface Report {
  readonly id: string
  readonly slug: string
  readonly author: string
  /** Of the author; reports from before it was kept have none, and are his who has the name. */
  readonly account?: string | null | undefined
  readonly title: string
  /** `user:NAME` and `role:NAME`, beside the author and administrators. */
  readonly readers: readonly string[]
  readonly created: Date
  readonly updated: Date
  /** Number of its newest version. */
  readonly latest: number
}

export interface ReportStore {
  /** Makes what it needs; may be called again. */
  start(): Promise<void>
  /** Newest change first. */
  list(): Promise<readonly Report[]>
  find(slug: string): Promise<Report | undefined>
  versions(id: string): Promise<readonly Version[]>
  version(id: string, number: number): Promise<Version | undefined>
  /** The next version of a report, which is made with its first. False: another has taken the name meanwhile. */
  publish(report: NewVersion): Promise<Report | false>
  change(id: string, change: ReportChange): Promise<void>
  remove(id: string): Promise<void>
}

export interface ReportChange {
  readonly title?: string | undefined
  readonly readers?: readonly string[] | undefined
}

export interface NewVersion extends ReportChange {
  readonly id: string
  readonly slug: string
  readonly author: string
  readonly account: string | undefined
  readonly folder: string
  readonly files: readonly ReportFile[]
}
