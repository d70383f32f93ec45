// What can go wrong before a PostgreSQL server runs: no binaries, a data folder of another major, a tool that failed.
import { defineError } from '#kit/errors'

export const ToolFailed = defineError('postgresql.tool_failed', 500, '{tool} failed ({how}): {output}', { blame: 'operator' })

export const NoProvider = defineError('postgresql.no_provider', 500, 'no PostgreSQL can be had on this machine:\n{attempts}', {
  blame: 'operator',
  hint: 'install PostgreSQL 15 or newer with the packages of your distribution, or give this machine a way to its package mirror or registry',
})

export const ProviderVanished = defineError(
  'postgresql.provider_vanished',
  500,
  'this home was made with PostgreSQL {version} from {bin}, which no longer works: {reason}',
  {
    blame: 'operator',
    hint: '{cure}; its data is untouched and no other PostgreSQL is taken in its place',
  },
)

export const ProviderChanged = defineError(
  'postgresql.provider_changed',
  409,
  'this home uses the PostgreSQL provider {recorded}, and the configuration now asks for {wanted}',
  {
    blame: 'operator',
    hint: 'set postgresql.provider back to {recorded} (or auto); to move, dump the data and begin a new home',
  },
)

export const MajorMismatch = defineError(
  'postgresql.major_mismatch',
  409,
  'the data in {dataDir} was written by PostgreSQL {found}, the binaries in {bin} are PostgreSQL {major}',
  { blame: 'operator', hint: 'bring back PostgreSQL {found}, or move the data with pg_dump or pg_upgrade' },
)

export const ForeignFolder = defineError('postgresql.foreign_folder', 409, '{path} {reason}', {
  blame: 'operator',
  hint: 'move it away, or correct its owner; it was left as it is',
})

export const SocketPathTooLong = defineError(
  'postgresql.socket_path_too_long',
  400,
  'the socket path {path} has {length} bytes; Unix sockets allow 107',
  { blame: 'operator', hint: 'choose a home or a temporary directory (TMPDIR) with a shorter path' },
)
