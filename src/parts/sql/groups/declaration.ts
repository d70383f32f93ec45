// Resource groups as they are declared, in the words of Trino's file of resource groups; the limits of one query in those of its properties.

export type SchedulingPolicy = 'fair' | 'weighted_fair' | 'query_priority'

/** Of one query; each is named as Trino's property `query.max-...` is. Times as `5m`, sizes as `1GB`. */
export interface QueryLimitsDeclaration {
  /** From its submission to its end. */
  readonly maxRunTime?: string | undefined
  /** From its beginning to its end. */
  readonly maxExecutionTime?: string | undefined
  readonly maxCpuTime?: string | undefined
  readonly maxScanPhysicalBytes?: string | undefined
  readonly maxMemory?: string | undefined
}

export interface GroupDeclaration {
  /** May hold `${USER}`, `${SOURCE}` and `${name}` of a named group of the selector's expressions: a group for each value. */
  readonly name: string
  /** Queries of it and of its sub-groups that run at once; the others wait. */
  readonly hardConcurrencyLimit: number
  /** Queries of it and of its sub-groups that wait; one more is refused. */
  readonly maxQueued: number
  /** Which of those that wait is next; `fair` unless said. */
  readonly schedulingPolicy?: SchedulingPolicy | undefined
  /** Of a sub-group, under `weighted_fair`; 1 unless said. */
  readonly schedulingWeight?: number | undefined
  /** Of each of its queries, and of those of its sub-groups; a session may only lower them. */
  readonly queryLimits?: QueryLimitsDeclaration | undefined
  /** Not of Trino: its queries, and those of its sub-groups, take the processors only that nothing else wants. */
  readonly givesWay?: boolean | undefined
  readonly subGroups?: readonly GroupDeclaration[] | undefined
}

/** All that it names must hold; expressions match the whole text. */
export interface SelectorDeclaration {
  readonly user?: string | undefined
  /** One of the person's roles. */
  readonly userGroup?: string | undefined
  /** The client's word, as the tags are. */
  readonly source?: string | undefined
  readonly clientTags?: readonly string[] | undefined
  /** Names of groups from a root down, with dots. */
  readonly group: string
}

export interface GroupsDeclaration {
  readonly rootGroups: readonly GroupDeclaration[]
  /** The first that matches decides; where none does, the query is rejected. */
  readonly selectors: readonly SelectorDeclaration[]
}
