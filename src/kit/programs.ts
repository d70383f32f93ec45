// Programs that are run for a person, as a system user of that person's where root started the platform: what a part declares, asks for and gets.

/** Carries to the supervisor the key of the calling process; each of its lives has another. */
export const CELL_KEY_HEADER = 'x-akko-cell-key'

/** What a part declares: what is run is never named by a request. */
export interface Program {
  /** Absolute, and the first arguments of every run. */
  readonly command: readonly [string, ...string[]]
  readonly limits: ProgramLimits
}

export interface ProgramLimits {
  /** Address space of each process, MiB. */
  readonly memoryMb: number
  /** Of processors, of each process. */
  readonly cpuSeconds: number
  /** Processes and threads of the person, in all runs together. */
  readonly processes: number
  readonly openFiles: number
  /** Largest file that is written, MiB. */
  readonly fileMb: number
  readonly wallSeconds: number
  /** Of what it prints, both streams together; the rest is read and dropped. */
  readonly outputBytes: number
}

export interface RunRequest {
  readonly program: string
  /** The account, not its name: a name may be another's later. */
  readonly person: { readonly account: string; readonly name: string }
  readonly args: readonly string[]
  /** The whole environment: nothing is added to it. */
  readonly env: Readonly<Record<string, string>>
  /** Below the person's folder; default that folder. */
  readonly cwd?: string
}

export interface RunEnd {
  /** As a shell says it: 128 and the signal's number for one that was killed. */
  readonly code: number
  readonly ended: 'itself' | 'time' | 'caller' | 'platform'
  readonly truncated: boolean
}

export interface Output {
  readonly stream: 'stdout' | 'stderr'
  readonly bytes: Buffer
}

/** The port that a part is handed. */
export interface Programs {
  /** Runs it to its end; an abort ends it. @throws RemoteError for what the supervisor refuses */
  run(request: RunRequest, options?: { readonly onOutput?: (output: Output) => void; readonly signal?: AbortSignal }): Promise<RunEnd>
}
