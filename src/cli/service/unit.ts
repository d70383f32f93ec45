// A home's unit for systemd, of the system or of one user. Pure.

export interface UnitOptions {
  /** The launcher. */
  readonly program: string
  readonly home: string
  /** Of the supervisor, which `up` leaves running; absent where its place is known by the first start only: systemd finds it by itself. */
  readonly pidFile?: string
  /** Where programs are looked for (Node, npm), and the like. */
  readonly environment: Readonly<Record<string, string>>
  readonly scope: Scope
}

export type Scope = 'system' | 'user'

/**
 * What takes nothing away that a cell needs: V8 makes code (no MemoryDenyWriteExecute), programs of people get namespaces (no RestrictNamespaces), the
 * command line meets the sockets in the temporary folder (no PrivateTmp), and the first `up` makes the user `akko` (no /etc that is read-only).
 */
const EVERYWHERE = ['NoNewPrivileges=yes', 'LockPersonality=yes', 'RestrictRealtime=yes', 'RestrictSUIDSGID=yes']
const OF_SYSTEM = ['ProtectSystem=yes', 'ProtectKernelModules=yes', 'ProtectKernelLogs=yes', 'ProtectClock=yes', 'ProtectHostname=yes']

/** `up` returns when all is healthy, and leaves the supervisor; a supervisor that `down` ended has not failed. */
export function printUnit({ program, home, pidFile, environment, scope }: UnitOptions): string {
  const command = (verb: string) => [program, '--home', home, verb].map((text) => word(text).replaceAll('$', '$$$$')).join(' ')
  const own = Object.entries(environment).map(([name, value]) => `Environment=${word(`${name}=${value}`)}`)
  const network = scope === 'system' ? ['After=network-online.target local-fs.target', 'Wants=network-online.target'] : []
  return `# Written by \`akko service install\`, and written anew by it.
[Unit]
Description=AKKO, the platform in ${percent(home).replaceAll('\n', ' ')}
${network.map((line) => `${line}\n`).join('')}
[Service]
Type=forking
${pidFile === undefined ? '' : `PIDFile=${percent(pidFile)}\n`}ExecStart=${command('up')} --yes
ExecStop=${command('down')}
${own.join('\n')}
Restart=on-failure
RestartSec=10
TimeoutStartSec=30min
TimeoutStopSec=2min
OOMPolicy=continue
LimitNOFILE=65536
UMask=0077
${[...EVERYWHERE, ...(scope === 'system' ? OF_SYSTEM : [])].join('\n')}

[Install]
WantedBy=${scope === 'system' ? 'multi-user.target' : 'default.target'}
`
}

/** As one word, whatever is in it: systemd takes C's escapes and its own specifiers; variables in commands alone. */
function word(text: string): string {
  return `"${percent(text).replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n')}"`
}

const percent = (text: string): string => text.replaceAll('%', '%%')
