// What every statement of the SQL part may reach, handed down from createSql.
import type { Authoriser } from '#kit/access'
import type { HistoryStore } from '../history.ts'
import type { Connector, Engine, LakeFiles } from '../ports.ts'
import type { QueryManager } from './manager.ts'
import type { Query } from './query.ts'

export interface ExecutorDeps {
  readonly engine: Engine
  readonly files: LakeFiles
  readonly connectors: Readonly<Record<string, Connector>>
  readonly authoriser: Authoriser
  readonly history: HistoryStore
  readonly version: string
  readonly started: Date
  readonly queries: () => readonly Query[]
}

export type { QueryManager }
