// What every server of the platform is to its cell: start, health, stop.

export interface Health {
  readonly healthy: boolean
  /** One line for a person: what is wrong, or what it is waiting for. */
  readonly detail?: string
  /** Product version, where there is one. */
  readonly version?: string
}

export interface Part {
  /** Name in its declaration. */
  readonly name: string
  /** Resolves when its port answers. Called once its needs are healthy; may be called again after a failure. */
  start(): Promise<void>
  /** A real probe through the part's own door where that is cheap; never a remembered flag alone. */
  health(): Promise<Health>
  /** Finishes what was accepted, then closes. */
  stop(): Promise<void>
}
