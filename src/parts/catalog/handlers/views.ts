// Views over HTTP: list, load, create, replace, drop, rename, register.
import type { Context } from 'hono'
import { readBody, readCommitView, readCreateView, shapes } from '#parts/catalog/bodies'
import { bodyText, type Env, json, namespaceOf, paginate, viewOf } from '#parts/catalog/http'
import type { TableIdent } from '#wire/iceberg/rest'
import type { LoadViewResult } from '#wire/iceberg/view-types'

type C = Context<Env>

export async function listViews(c: C): Promise<Response> {
  const all = await c.get('operations').listViews(c.get('caller'), namespaceOf(c))
  const { items, next } = paginate(c, all, (v) => v.name)
  return json(c, { identifiers: items, ...(next ? { 'next-page-token': next } : {}) })
}

export async function createView(c: C): Promise<Response> {
  const request = readCreateView(await bodyText(c))
  return answer(c, await c.get('operations').createView(c.get('caller'), namespaceOf(c), request))
}

/** Of a view that was made or registered before under the name in the body. */
export async function madeBefore(c: C): Promise<Response> {
  const { name } = readBody(shapes.named, await bodyText(c))
  return loaded(c, { namespace: namespaceOf(c), name })
}

export const loadView = (c: C): Promise<Response> => loaded(c, viewOf(c))

async function loaded(c: C, view: TableIdent): Promise<Response> {
  const [operations, caller] = [c.get('operations'), c.get('caller')]
  const found = await operations.loadView(caller, view)
  await operations.asks.mustSeeColumns(caller, view)
  return answer(c, found)
}

export async function headView(c: C): Promise<Response> {
  await c.get('operations').headView(c.get('caller'), viewOf(c))
  return c.body(null, 204)
}

export async function commitView(c: C): Promise<Response> {
  const request = readCommitView(await bodyText(c))
  return answer(c, await c.get('operations').commitView(c.get('caller'), viewOf(c), request))
}

export async function dropView(c: C): Promise<Response> {
  await c.get('operations').dropView(c.get('caller'), viewOf(c))
  return c.body(null, 204)
}

export async function renameView(c: C): Promise<Response> {
  const { source, destination } = readBody(shapes.rename, await bodyText(c))
  await c.get('operations').renameView(c.get('caller'), source, destination)
  return c.body(null, 204)
}

export async function registerView(c: C): Promise<Response> {
  const { name, 'metadata-location': location } = readBody(shapes.registerView, await bodyText(c))
  return answer(c, await c.get('operations').registerView(c.get('caller'), { namespace: namespaceOf(c), name }, location))
}

function answer(c: C, result: LoadViewResult): Response {
  return json(c, { 'metadata-location': result['metadata-location'], metadata: result.metadata, config: {} })
}
