// An extension of one database; where the server does not have its files it is unavailable, which is not a change.
import { defineKind } from '#ensure/kind'
import { liveAvailability, liveContents } from '#ensure/kinds/postgres-live'
import { createExtension, PRELOADED } from '#ensure/kinds/postgres-sql'

export const extensionKind = defineKind<'extension', true>({
  kind: 'extension',
  after: ['database'],
  unavailable: async ({ clients }, { server, name }) => {
    const { available, preloaded } = await liveAvailability(clients.postgres(server))
    if (!available.has(name)) return `${server} has no files of ${name}`
    if (PRELOADED.has(name) && !preloaded.has(name)) return `${server} was started without ${name} in shared_preload_libraries`
    return undefined
  },
  read: async ({ clients }, { server, database, name }) => {
    const contents = await liveContents(clients.postgres(server), database)
    return contents?.extensions.has(name) ? true : undefined
  },
  diff: () => [],
  // PostGIS refuses to install while pgaudit logs DDL; the setting ends with the transaction.
  create: ({ clients }, extension) =>
    clients.postgres(extension.server).execute(extension.database, `SET LOCAL "pgaudit.log" = 'none'`, createExtension(extension)),
  update: async () => {},
})
