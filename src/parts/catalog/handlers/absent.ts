// What this catalogue does not have: policies, generic tables. Reads say "none".
import type { Context } from 'hono'
import { type Env, json, namespaceOf } from '#parts/catalog/http'

type C = Context<Env>

export async function listNone(c: C): Promise<Response> {
  await c.get('operations').loadNamespace(c.get('caller'), namespaceOf(c))
  return json(c, { identifiers: [] })
}

export async function listNoPolicies(c: C): Promise<Response> {
  await c.get('operations').asks.mustCatalog(c.get('caller'), 'list')
  return json(c, { 'applicable-policies': [] })
}
