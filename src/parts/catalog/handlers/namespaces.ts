// Namespaces over HTTP.
import type { Context } from 'hono'
import { readBody, shapes } from '#parts/catalog/bodies'
import { bodyText, type Env, json, LEVEL_SEPARATOR, namespaceOf, paginate } from '#parts/catalog/http'

type C = Context<Env>

export async function listNamespaces(c: C): Promise<Response> {
  const parent = c.req.query('parent')
  const all = await c.get('operations').listNamespaces(c.get('caller'), parent ? parent.split(LEVEL_SEPARATOR) : [])
  const { items, next } = paginate(c, all, (n) => n.join(LEVEL_SEPARATOR))
  return json(c, { namespaces: items, ...(next ? { 'next-page-token': next } : {}) })
}

export async function createNamespace(c: C): Promise<Response> {
  const { namespace, properties } = readBody(shapes.createNamespace, await bodyText(c))
  return json(c, await c.get('operations').createNamespace(c.get('caller'), namespace, properties ?? {}))
}

export async function createdBefore(c: C): Promise<Response> {
  const { namespace } = readBody(shapes.createNamespace, await bodyText(c))
  return json(c, await c.get('operations').loadNamespace(c.get('caller'), namespace))
}

export async function loadNamespace(c: C): Promise<Response> {
  return json(c, await c.get('operations').loadNamespace(c.get('caller'), namespaceOf(c)))
}

export async function headNamespace(c: C): Promise<Response> {
  await c.get('operations').loadNamespace(c.get('caller'), namespaceOf(c))
  return c.body(null, 204)
}

export async function dropNamespace(c: C): Promise<Response> {
  await c.get('operations').dropNamespace(c.get('caller'), namespaceOf(c))
  return c.body(null, 204)
}

export async function updateProperties(c: C): Promise<Response> {
  const { removals = [], updates = {} } = readBody(shapes.updateProperties, await bodyText(c))
  return json(c, await c.get('operations').updateNamespace(c.get('caller'), namespaceOf(c), { removals, updates }))
}

/** Which of them were missing at first is not on record. */
export async function updatedBefore(c: C): Promise<Response> {
  const { removals = [], updates = {} } = readBody(shapes.updateProperties, await bodyText(c))
  await c.get('operations').loadNamespace(c.get('caller'), namespaceOf(c))
  return json(c, { removed: removals, updated: Object.keys(updates), missing: [] })
}
