// What this catalogue does not have: views, policies, generic tables. Reads say "none"; writes are refused by name.
import type { Context } from 'hono'
import { NotServed, ViewNotFound } from '#parts/catalog/errors'
import { type Env, json, namespaceOf, param } from '#parts/catalog/http'
import { printTable } from '#parts/catalog/names'

type C = Context<Env>

export async function listNone(c: C): Promise<Response> {
  await c.get('operations').loadNamespace(c.get('caller'), namespaceOf(c))
  return json(c, { identifiers: [] })
}

export async function listNoPolicies(c: C): Promise<Response> {
  await c.get('operations').asks.mustCatalog(c.get('caller'), 'list')
  return json(c, { 'applicable-policies': [] })
}

export async function noSuchView(c: C): Promise<Response> {
  const namespace = namespaceOf(c)
  await c.get('operations').loadNamespace(c.get('caller'), namespace)
  throw ViewNotFound({ view: printTable({ namespace, name: param(c, 'view') }) })
}

export function refuseViews(): never {
  throw NotServed({ what: 'a view' })
}
