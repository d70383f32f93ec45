// PostgreSQL without a process of ours: where the binaries come from, how a server is prepared, how it is started, what doctor asks.
export { type ChooseOptions, choosePostgresProvider } from './choose.ts'
export { type PostgresCommand, postgresCommand } from './command.ts'
export { isRunning, type Prepared, type PrepareOptions, preparePostgresServer, SUPERUSER } from './prepare.ts'
export { type Progress, type Provider, type ProviderKind, recordedProvider, unavailableExtensions } from './provider.ts'
export { type PostgresFolders, type PostgresServer, postgresCacheDir, postgresFolders, type RunAs, serviceUser } from './service-user.ts'
export { type PostgresLogLine, parsePostgresLine } from './settings.ts'
