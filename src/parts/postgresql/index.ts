// PostgreSQL without a process of ours: where the binaries come from, how a server is prepared, how it is started, what doctor asks.
export { type ChooseOptions, choosePostgresProvider } from '#parts/postgresql/choose'
export { type PostgresCommand, postgresCommand } from '#parts/postgresql/command'
export { isRunning, type Prepared, type PrepareOptions, preparePostgresServer, SUPERUSER, speaksTls } from '#parts/postgresql/prepare'
export { type Progress, type Provider, type ProviderKind, recordedProvider, unavailableExtensions } from '#parts/postgresql/provider'
export { postgresCacheDir, postgresFolders, type RunAs, reachable, serviceUser } from '#parts/postgresql/service-user'
export { type PostgresLogLine, parsePostgresLine } from '#parts/postgresql/settings'
