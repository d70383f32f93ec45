// What the identity part tells the other cells about people: whose account is open, and with which roles. Pure.

export interface Person {
  /** Of the account: a name may come back, for somebody else. */
  readonly id: string
  readonly username: string
  /** How often his rights were narrowed until now. */
  readonly rightsVersion: number
  readonly roles: readonly string[]
}

/** What the feed answers: everybody, or nobody where the asker has this version already. */
export interface PeoplePage {
  readonly version: string
  readonly people?: readonly Person[]
}
