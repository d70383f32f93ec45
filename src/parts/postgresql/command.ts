// How the supervisor starts a prepared server: the postmaster itself, in the foreground.
import { join } from 'node:path'
import type { Provider } from '#parts/postgresql/provider'
import type { RunAs } from '#parts/postgresql/service-user'

export interface PostgresCommand {
  readonly command: string
  readonly args: readonly string[]
  /** The whole environment; nothing of ours is inherited. */
  readonly env: Readonly<Record<string, string>>
  readonly cwd: string
  readonly uid?: number
  readonly gid?: number
  /** Fast shutdown: ends sessions, writes a checkpoint, exits. */
  readonly stopSignal: 'SIGINT'
}

export interface CommandOptions {
  readonly provider: Provider
  readonly dataDir: string
  readonly runAs?: RunAs | undefined
}

export function postgresCommand({ provider, dataDir, runAs }: CommandOptions): PostgresCommand {
  return {
    command: join(provider.bin, 'postgres'),
    args: ['-D', dataDir],
    env: { PATH: '/usr/bin:/bin', LC_ALL: 'C', TZ: 'UTC', ...provider.env },
    cwd: dataDir,
    ...(runAs ? { uid: runAs.uid, gid: runAs.gid } : {}),
    stopSignal: 'SIGINT',
  }
}
