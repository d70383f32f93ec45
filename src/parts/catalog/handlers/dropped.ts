// Tables that were dropped and can be had back: AKKO's own addition to the protocol.
import type { Context } from 'hono'
import { type Env, json, tableOf } from '#parts/catalog/http'

type C = Context<Env>

export async function listDropped(c: C): Promise<Response> {
  const all = await c.get('operations').listDropped(c.get('caller'))
  const tables = all.map(({ namespace, name, droppedBy, droppedAt, until }) => ({
    identifier: { namespace, name },
    'dropped-by': droppedBy,
    'dropped-at-ms': droppedAt.getTime(),
    'until-ms': until.getTime(),
  }))
  return json(c, { tables })
}

export async function undropTable(c: C): Promise<Response> {
  await c.get('operations').undropTable(c.get('caller'), tableOf(c))
  return c.body(null, 204)
}
