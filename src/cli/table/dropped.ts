// akko table dropped and undrop: tables that were dropped, had back from the catalogue.
import type { Flags } from '#cli/flags'
import { moment, printJson, printTable, say } from '#cli/output'
import { printTableName, type TableName } from '#cli/table/lake'
import { AkkoError } from '#kit/errors'
import { WAREHOUSE } from '#platform/names'
import { HOST, type Machine, port } from '#runtime/machine'

interface Dropped {
  readonly identifier: { readonly namespace: readonly string[]; readonly name: string }
  readonly 'dropped-by': string
  readonly 'dropped-at-ms': number
  readonly 'until-ms': number
}

export async function listDropped(machine: Machine, token: string, flags: Flags): Promise<void> {
  const { tables } = (await call(machine, token, 'GET', '/dropped')) as { readonly tables: readonly Dropped[] }
  const told = tables.map((t) => ({
    table: printTableName({ schema: t.identifier.namespace.join('.'), table: t.identifier.name }),
    droppedBy: t['dropped-by'],
    droppedAt: moment(t['dropped-at-ms']),
    until: moment(t['until-ms']),
  }))
  if (flags.json) return printJson({ dropped: told })
  if (told.length === 0) return say('no table was dropped that could be had back')
  printTable(
    ['TABLE', 'BY', 'DROPPED', 'UNTIL'],
    told.map((t) => [t.table, t.droppedBy, t.droppedAt, t.until]),
  )
}

export async function undrop(machine: Machine, token: string, flags: Flags, name: TableName): Promise<void> {
  const [namespace, table] = [name.schema.split('.').join('\x1f'), name.table].map(encodeURIComponent)
  await call(machine, token, 'POST', `/namespaces/${namespace}/tables/${table}/undrop`)
  if (flags.json) printJson({ undropped: printTableName(name) })
  else say(`${printTableName(name)} is back as it was`)
}

/** AKKO's own addition to the catalogue's protocol. */
async function call(machine: Machine, token: string, method: string, path: string): Promise<unknown> {
  const url = `http://${HOST}:${port(machine, 'catalog')}/api/catalog/akko/v1/${WAREHOUSE}${path}`
  const answer = await fetch(url, { method, headers: { authorization: `Bearer ${token}` } })
  const text = await answer.text()
  if (answer.ok) return text === '' ? undefined : JSON.parse(text)
  const { error } = JSON.parse(text) as { readonly error: { readonly message: string; readonly type: string } }
  throw new AkkoError({ code: `catalog.${error.type}`, status: answer.status, message: error.message, retryable: false, blame: 'caller' })
}
