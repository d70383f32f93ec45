// The command line: names, flags and texts of every command; each is imported only when it runs.
import { Command, Option } from 'commander'
import { configFlags, type Flags, moment, positiveNumber, wholeNumber } from '#cli/flags'
import { printError, speakOf } from '#cli/output'
import type { Remote } from '#cli/remote/place'
import { type Located, loadMachine, locateHome } from '#runtime/home'
import type { Machine } from '#runtime/machine'
import { VERSION } from '#runtime/version'

const program = new Command('akko')
  .description('A sovereign lakehouse on one machine: S3, Iceberg, SQL, PostgreSQL, single sign-on and a portal')
  .version(VERSION, '--version', 'the version of this AKKO')
  .option('--home <dir>', 'home of the platform (default: $AKKO_HOME or ~/.akko)')
  .option('--json', 'machine-readable output')
  .addOption(
    new Option('--set <key=value>', 'set a configuration value for this run, e.g. sql.memoryMb=4096')
      .argParser((value: string, previous: string[] = []) => [...previous, value])
      .default(undefined),
  )
  .showHelpAfterError('(see `akko help`)')
  .enablePositionalOptions(false)

type Run<M, A extends unknown[]> = () => Promise<(machine: M, flags: Flags, ...args: A) => Promise<void>>
type Configure = (c: Command) => Command

/** Adds a command whose handler is imported when it runs, on what it opens of the home. */
function add<M, A extends unknown[]>(
  spec: string,
  description: string,
  configure: Configure,
  load: Run<M, A>,
  open: (flags: Flags) => M,
): void {
  configure(program.command(spec).description(description)).action(async (...args: unknown[]) => {
    const self = args.at(-1) as Command
    const flags = self.optsWithGlobals() as Flags
    const run = await load()
    await run(open(flags), flags, ...(args.slice(0, -2) as A))
  })
}

function command<A extends unknown[]>(spec: string, description: string, configure: Configure, load: Run<Machine, A>): void {
  add(spec, description, configure, load, (flags) => loadMachine(flags.home, configFlags(flags)))
}

/** One that works in a home, or at a platform on another machine where somebody logged in there. */
function clientCommand<A extends unknown[]>(
  spec: string,
  description: string,
  configure: Configure,
  home: Run<Machine, A>,
  away: Run<Remote, A>,
): void {
  const withServer: Configure = (c) =>
    configure(c).option('--server <url>', 'of a platform on another machine: https://akko.example.org:PORT')
  add(
    spec,
    description,
    withServer,
    async () =>
      async (_: undefined, flags: Flags, ...args: A) => {
        const remote = (await import('#cli/remote/place')).remoteOf(flags)
        if (remote) await (await away())(remote, flags, ...args)
        else await (await home())(loadMachine(flags.home, configFlags(flags)), flags, ...args)
      },
    () => undefined,
  )
}

/** One that works on a home with broken settings too. */
function placeCommand<A extends unknown[]>(spec: string, description: string, configure: Configure, load: Run<Located, A>): void {
  add(spec, description, configure, load, (flags) => locateHome(flags.home))
}

const AS_USER = '$AKKO_USER, else who logged in, else the administrator, unless given'
const plain = (c: Command) => c

command(
  'up',
  'start the platform; returns when everything is healthy',
  (c) =>
    c
      .option('--demo', 'load the demo data and users, and print the fraud report')
      .option('--scale <n>', 'size of the demo: 1 is 5,000 customers and 100,000 transactions', positiveNumber, 1)
      .option('--port-offset <n>', 'added to every port', wholeNumber)
      .option('--yes', 'never ask'),
  async () => (await import('#cli/commands/up')).up,
)
placeCommand('down', 'stop the platform; leaves nothing running', plain, async () => (await import('#cli/commands/down')).down)
program
  .command('destroy')
  .description('remove a home whole: its data, objects, secrets and both PostgreSQL servers')
  .option('--yes', 'do not ask')
  .action(async (_: unknown, self: Command) => {
    const flags = self.optsWithGlobals() as Flags
    await (await import('#cli/commands/destroy')).destroy(flags)
  })
placeCommand('status', 'what is true now', plain, async () => (await import('#cli/commands/status')).status)
command(
  'plan',
  'what `apply` would change; exits 2 when there is something',
  (c) =>
    c
      .option('--cluster', "what a release's init jobs would change, asked by kubectl")
      .option('--namespace <name>', 'of the release (default: akko)')
      .option('--kubeconfig <file>', 'for kubectl')
      .option('--context <name>', 'for kubectl')
      .option('--timeout <seconds>', 'how long to wait for the answers (default: 180)', positiveNumber),
  async () => {
    const { plan } = await import('#cli/commands/ensure')
    const { planCluster } = await import('#cli/commands/plan-cluster')
    return (machine, flags) => (flags.cluster ? planCluster(flags) : plan(machine, flags))
  },
)
command(
  'apply',
  'make everything declared true; deletes nothing (akko-admin only)',
  (c) => c.option('--user <name>', `as this user: ${AS_USER}`),
  async () => (await import('#cli/commands/ensure')).apply,
)
placeCommand(
  'service <verb>',
  'a unit of systemd that starts the platform with the machine, root’s of the system, else of the user: service install | remove | status | print',
  plain,
  async () => (await import('#cli/commands/service')).service,
)
placeCommand('doctor', 'check this machine, and name the cure', plain, async () => (await import('#cli/commands/doctor')).doctor)
placeCommand(
  'logs [part]',
  'show logs of one part or all',
  (c) =>
    c
      .option('-f, --follow', 'go on')
      .option('-n, --lines <n>', 'how many of the last lines', wholeNumber, 50)
      .option('--request <id>', 'only lines of one request id'),
  async () => (await import('#cli/commands/logs')).logs,
)
command(
  'audit [verb]',
  'who did, or was refused, what; the newest last (akko-admin only); audit verify: whether what is kept is what was written; audit key: what signs its anchors',
  (c) =>
    c
      .option('--since <time>', 'from then on: 90m, 24h, 7d or a date', moment)
      .option('--user <name>', 'only what this user did, and what was done to the account')
      .option('--who <name>', 'only what this one did')
      .option('--what <word...>', 'only of these: each an action, a kind or a name of the thing')
      .addOption(new Option('--outcome <outcome>', 'only of this outcome').choices(['allowed', 'denied', 'failed']))
      .option('--anchors <file>', 'verify: also against the anchors in this file, or in the files of this folder, kept elsewhere')
      .option('--part <name>', 'only at this part')
      .option('--request <id>', 'only of one request id')
      .option('-n, --lines <n>', 'how many of the last events', wholeNumber, 50)
      .option('--all', 'also that commands of the home’s owner got tokens to work as somebody')
      .option('-f, --follow', 'go on'),
  async () => (await import('#cli/commands/audit')).audit,
)
clientCommand(
  'env',
  'print what clients want: eval "$(akko env)"',
  (c) =>
    c
      .addOption(new Option('--format <f>', 'output form').choices(['shell', 'json', 'dotenv']).default('shell'))
      .option('--user <name>', 'as this user (the owner of the home only; audited): $AKKO_USER, else the administrator, unless given')
      .option(
        '--admin',
        'superusers’ addresses, that of the demo database’s owner and the engines’ catalogue credential too: they go around every policy (akko-admin only)',
      ),
  async () => (await import('#cli/commands/env')).env,
  async () => (await import('#cli/remote/work')).env,
)
clientCommand(
  'sql',
  'run SQL',
  (c) =>
    c
      .argument('[statement]', 'the statement; else read from standard input')
      .option('-e, --execute <statement>', 'the statement, as other clients take it')
      .addOption(new Option('-o, --output <form>', 'how to print').choices(['table', 'csv', 'json']).default('table'))
      .option('--user <name>', `as this user: ${AS_USER}`),
  async () => (await import('#cli/commands/sql')).sql,
  async () => (await import('#cli/remote/work')).sql,
)
program
  .command('login')
  .description('log in and keep a token, for this home or, with --server, for a platform on another machine')
  .option('--device', 'show a code instead of opening a browser')
  .option('--server <url>', 'of a platform on another machine: https://akko.example.org:PORT; no home is needed')
  .option('--ca <file>', 'with --server: the file of its authority (PEM), where this machine does not trust it')
  .action(async (_: unknown, self: Command) => {
    const flags = self.optsWithGlobals() as Flags
    if (typeof flags.server === 'string') await (await import('#cli/remote/login')).login(flags.server, flags)
    else await (await import('#cli/commands/login')).login(loadMachine(flags.home, configFlags(flags)), flags)
  })
clientCommand(
  'logout',
  'end the session of this terminal, and forget its token',
  (c) =>
    c
      .option('--all', 'every session of the user: browsers, terminals, and tokens that were got for him')
      .option('--user <name>', `with --all, whose: ${AS_USER}`),
  async () => (await import('#cli/commands/logout')).logout,
  async () => (await import('#cli/remote/work')).logout,
)
command(
  'user <verb> [name]',
  'people: user list | add NAME | invite NAME | reset NAME | passwd NAME | disable NAME | enable NAME | roles NAME',
  (c) =>
    c
      .option('--role <role...>', 'add, invite: what the user may')
      .option('--email <address>', 'add, invite: the address')
      .option('--temporary', 'add, passwd: another password is chosen at the next login')
      .option('--totp', 'reset: take the second factor away, and leave the password')
      .option('--print', 'invite, reset: show the link, also where a mail server is set')
      .option('--add <role...>', 'roles: to be given')
      .option('--remove <role...>', 'roles: to be taken away')
      .option('--password-stdin', 'add, passwd: the password is on standard input')
      .option('--user <name>', `with whose rights: ${AS_USER}`),
  async () => (await import('#cli/commands/user')).user,
)
command(
  'group <verb> [group] [name]',
  'groups of people, which their tokens name: group ls | create GROUP | rm GROUP | add GROUP NAME | remove GROUP NAME',
  (c) => c.option('--user <name>', `with whose rights: ${AS_USER}`),
  async () => (await import('#cli/commands/group')).group,
)
command(
  'policy <verb> [args...]',
  'who may do what: policy init | check | apply | show | why USER OBJECT | view-as USER [TABLE] | test | diff | history | undo [REVISION] | schema',
  (c) =>
    c
      .option('--tables', 'check: against the tables of the platform, which runs')
      .option('--reason <text>', 'apply, undo: kept in the history and the audit')
      .option('--yes', 'undo: also where files were edited since')
      .option('--role <role...>', 'why: with these roles, instead of those that the user has')
      .option('--action <verb>', 'why: list, read, write, create, drop or manage (default: read)')
      .option('--columns <names>', 'why: the columns of the table, with commas between'),
  async () => (await import('#cli/commands/policy')).policy,
)
command(
  'certificate <verb>',
  'your own certificate at the gateway: certificate check | apply',
  plain,
  async () => (await import('#cli/commands/certificate')).certificate,
)
command('trust', 'how to trust the local certificate authority', plain, async () => (await import('#cli/commands/trust')).trust)
command(
  'config',
  'each setting, its value and where it came from',
  (c) => c.option('--schema', 'print the JSON Schema for editors'),
  async () => (await import('#cli/commands/config')).config,
)
clientCommand(
  'storage <noun> [args...]',
  'objects, buckets and keys: storage ls|du|rm s3://B/K | cp FROM TO | mirror FROM TO | usage | presign s3://B/K | bucket create|ls|rm B | key create|list|revoke NAME | rotate-key | scrub',
  (c) =>
    c
      .option('--bucket <name...>', 'buckets that the key covers')
      .option('--read-only', 'reading only')
      .option('--recursive', 'ls, cp and rm: everything below')
      .option('--delete', 'mirror: remove what FROM has not')
      .option('--dry-run', 'mirror: say what would be done')
      .option('--expires <seconds>', 'presign: for how long the address opens', wholeNumber)
      .option('--user <name>', `with whose rights, and whose key it is: ${AS_USER}`),
  async () => (await import('#cli/commands/storage')).storage,
  async () => (await import('#cli/remote/work')).storage,
)
command(
  'table <verb> [name]',
  'tables of the lake: table ls [SCHEMA] | show T | maintain [T] | dropped | undrop T',
  (c) => c.option('--dry-run', 'maintain: say what would be done').option('--user <name>', `with whose rights: ${AS_USER}`),
  async () => (await import('#cli/commands/table')).table,
)
command(
  'bench [suites...]',
  'measure, each figure beside its peer or floor in the same run',
  (c) => c.option('--beside <checkout>', 'a suite of this checkout and of another, in turn'),
  async () => (await import('#cli/commands/bench')).bench,
)
command(
  'test [stages...]',
  'every test, against real servers and real foreign clients; by name only: attacks, the files that attack the platform, in one run',
  (c) => c.option('--allow-skips', 'do not fail when something had to be skipped'),
  async () => (await import('#cli/commands/test')).test,
)

/** What looks at a home, or works in one that runs; `up`, `policy init` and the like make one, or need none. */
const IN_HOME = new Set('down status plan apply logs audit user group policy certificate trust table'.split(' '))
const WITHOUT = new Set(['policy init', 'policy schema'])

program.hook('preAction', async (_, self) => {
  const flags = self.optsWithGlobals() as Flags
  speakOf(flags.home)
  if (!IN_HOME.has(self.name()) || WITHOUT.has(`${self.name()} ${self.args[0]}`) || flags.cluster) return
  ;(await import('#cli/remote/place')).assertHome(self.name(), flags)
})
try {
  await program.parseAsync()
} catch (error) {
  printError(error, program.opts().json === true)
  process.exitCode = 1
}
// Connections that are kept alive for a next request must not keep the command alive.
process.exit()
