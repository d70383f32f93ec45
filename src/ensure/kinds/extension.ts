// An extension of one database; where the server does not have its files it is unavailable, which is not a change.
import pg from 'pg'
import { defineKind } from '#ensure/kind'
import { liveAvailability, liveContents } from '#ensure/kinds/postgres-live'
import { createExtension, PRELOADED, unless } from '#ensure/kinds/postgres-sql'

declare module '#platform/resources' {
  interface ResourceKinds {
    extension: {
      readonly server: Server
      readonly database: string
      readonly name: string
    }
  }
}

export const extensionKind = defineKind<'extension', true>({
  kind: 'extension',
  id: ({ server, database, name }) => `${server}/${database}/${name}`,
  shares: ({ database }) => `contents ${database}`,
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
  firstTime: (extension) => {
    const name = pg.escapeLiteral(extension.name)
    const loaded = `string_to_array(replace(current_setting('shared_preload_libraries'), ' ', ''), ',')`
    const possible = [
      `EXISTS (SELECT FROM pg_available_extensions WHERE name = ${name})`,
      ...(PRELOADED.has(extension.name) ? [`${name} = ANY (${loaded})`] : []),
    ]
    return [unless(`FROM pg_extension WHERE extname = ${name}`, createExtension(extension), possible)]
  },
})
