// The text of a server's settings: what listens where, who may enter, what is logged. Pure.
import { existsSync } from 'node:fs'

export interface ServerSettings {
  readonly server: string
  readonly port: number
  readonly socketDir: string
  readonly pgaudit: boolean
  /** shared_buffers, MiB. */
  readonly sharedBuffersMb: number
  readonly maxConnections: number
  readonly timezone: string
  /** Whether clients may speak TLS; the certificate lies beside. */
  readonly tls: boolean
}

/** Of the certificate with its authority, and of its key, in the data folder. */
export const TLS_FILES = { cert: 'akko.crt', key: 'akko.key' } as const

/** How long a connection of nobody yet may hold its place: whoever reaches the port can take them all. */
const AUTHENTICATION_TIMEOUT = '10s'

/** Fields of each log line, joined by `|`; see parsePostgresLine. */
const LOG_PREFIX = '%m|%p|%u|%d|%a|'

export function printSettings(s: ServerSettings): string {
  const settings: readonly (readonly [string, string | number | boolean])[] = [
    ['cluster_name', `akko-${s.server}`],
    ['listen_addresses', '127.0.0.1'],
    ['port', s.port],
    ['unix_socket_directories', `"${doubled(s.socketDir, /"/g)}"`], // a list: a comma in a name would part it
    ['unix_socket_permissions', '0700'],
    ['max_connections', s.maxConnections],
    ['authentication_timeout', AUTHENTICATION_TIMEOUT],
    ['password_encryption', 'scram-sha-256'],
    ['ssl', s.tls],
    ...(s.tls ? TLS_SETTINGS : []),
    ['fsync', true],
    ['synchronous_commit', true],
    ['full_page_writes', true],
    ['wal_compression', true],
    ['max_wal_size', '512MB'],
    ['min_wal_size', '64MB'],
    ['shared_buffers', `${s.sharedBuffersMb}MB`],
    ['work_mem', '8MB'],
    ['maintenance_work_mem', '64MB'],
    ['huge_pages', false],
    ['jit', false],
    ['shared_preload_libraries', s.pgaudit ? 'pgaudit' : ''],
    ...(s.pgaudit
      ? ([
          ['pgaudit.log', 'ddl, role'],
          ['pgaudit.log_catalog', false],
        ] as const)
      : []),
    ['timezone', s.timezone],
    ['log_timezone', s.timezone],
    ['lc_messages', 'C'],
    ['logging_collector', false],
    ['log_destination', 'stderr'],
    ['log_line_prefix', LOG_PREFIX],
    ['log_min_messages', 'warning'],
    ['log_min_duration_statement', '5s'],
    ['log_lock_waits', true],
    ['log_checkpoints', false],
  ]
  const lines = settings.map(([name, value]) => `${name} = ${print(value)}`)
  return `# Written by akko at every start; put your own settings into postgresql.conf below the include, or use ALTER SYSTEM.\n${lines.join('\n')}\n`
}

const TLS_SETTINGS = [
  ['ssl_cert_file', TLS_FILES.cert],
  ['ssl_key_file', TLS_FILES.key],
  ['ssl_min_protocol_version', 'TLSv1.2'],
] as const

function print(value: string | number | boolean): string {
  if (typeof value === 'boolean') return value ? 'on' : 'off'
  return typeof value === 'number' ? String(value) : `'${doubled(value, /['\\]/g)}'`
}

/** A settings file reads a backslash before a mark as C does, unlike SQL. */
const doubled = (text: string, marks: RegExp): string => text.replace(marks, '$&$&')

/** Members of a role who enter some databases and no others: by the socket, or over TLS where the server speaks it. */
export interface Confined {
  readonly role: string
  readonly databases: readonly string[]
}

/** Passwords only, by SCRAM, over loopback and the server's own socket; nobody is trusted. The first line that fits counts. */
export const printHba = (confined: readonly Confined[], tls: boolean): string => `# Written by akko at every start.
# TYPE  DATABASE     USER  ADDRESS       METHOD
${confined.map((one) => printConfined(one, tls)).join('')}local   all          all                 scram-sha-256
local   replication  all                 scram-sha-256
host    all          all   127.0.0.1/32  scram-sha-256
host    replication  all   127.0.0.1/32  scram-sha-256
`

const printConfined = ({ role, databases }: Confined, tls: boolean): string => {
  const list = databases.map((name) => `"${name}"`).join(',')
  return `local   ${list}  +${role}  scram-sha-256
local   all  +${role}  reject
${tls ? 'hostssl' : 'host'} ${list}  +${role}  127.0.0.1/32  scram-sha-256
host    all  +${role}  127.0.0.1/32  reject
`
}

/** UTC by name where the machine has the zone files, else the one that is built in. */
export function serverTimezone(): string {
  return existsSync('/usr/share/zoneinfo/Etc/UTC') ? 'Etc/UTC' : 'GMT'
}

export interface PostgresLogLine {
  /** ISO 8601. */
  readonly time: string
  readonly pid: number
  readonly user: string
  readonly database: string
  /** application_name: our own cells put the request id there. */
  readonly application: string
  /** LOG, WARNING, ERROR, FATAL, DETAIL, HINT, ... */
  readonly severity: string
  readonly message: string
}

/** One line of the server's standard error; undefined for the rest of a message of several lines. */
export function parsePostgresLine(line: string): PostgresLogLine | undefined {
  const m = /^(\d{4}-\d\d-\d\d) (\d\d:\d\d:\d\d\.\d{3}) \w+\|(\d+)\|([^|]*)\|([^|]*)\|([^|]*)\|([A-Z]+\d?):\s+(.*)$/.exec(line)
  if (!m) return undefined
  const [, date, time, pid, user = '', database = '', application = '', severity = '', message = ''] = m
  return { time: `${date}T${time}Z`, pid: Number(pid), user, database, application, severity, message }
}
