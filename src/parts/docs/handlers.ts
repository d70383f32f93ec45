// Publishing, reading, sharing and removing reports.

import { randomUUID } from 'node:crypto'
import { Readable } from 'node:stream'
import type { Context } from 'hono'
import { getMimeType } from 'hono/utils/mime'
import type { Caller } from '#kit/access'
import type { ApiEnv } from '#kit/api'
import { readBytes } from '#kit/body'
import { describeError } from '#kit/errors'
import { isStorable } from '#kit/storable'
import { inSpan } from '#kit/telemetry'
import { mayRead, mustChange, mustCreate, readable } from '#parts/docs/access'
import { CONTENT_PATH, pageHeaders, reportHeaders } from '#parts/docs/content-policy'
import {
  BadBody,
  BadReaders,
  BadSlug,
  BadTitle,
  Busy,
  LinkExpired,
  NameTaken,
  NoSuchFile,
  NoSuchVersion,
  SlugTaken,
} from '#parts/docs/errors'
import { openLink, signLink } from '#parts/docs/links'
import type { DocsDeps, Report, ReportStore, Version } from '#parts/docs/ports'
import { INDEX, readUpload } from '#parts/docs/upload'
import { listPage, reportPage } from '#parts/docs/views'

export interface HandlerDeps extends DocsDeps {
  readonly store: ReportStore
}

type C = Context<ApiEnv>

const SLUG = /^[a-z0-9]+(-[a-z0-9]+)*$/
const LONGEST_SLUG = 64
const LONGEST_TITLE = 200
/** Of a title and readers as JSON. */
const LARGEST_CHANGE = 256 * 1024
const UNDECODABLE = '\ud800'
/** Versions that are held in memory at once, each of at most the largest size; the process is the gateway's too. */
const MOST_UPLOADS = 4
/** Objects that are written at once. */
const PARALLEL = 8

const view = ({ slug, title, author, readers, latest, created, updated }: Report) => ({
  slug,
  title,
  author,
  readers,
  latest,
  created,
  updated,
  url: `/r/${slug}`,
})
const versionView = ({ number, author, created, bytes, files }: Version) => ({ number, author, created, bytes, files })

function slugOf(c: C): string {
  const slug = c.req.param('slug') ?? ''
  if (!SLUG.test(slug) || slug.length > LONGEST_SLUG) throw BadSlug({ slug: JSON.stringify(slug.slice(0, 100)) })
  return slug
}

async function readableOf({ store, authoriser }: HandlerDeps, c: C): Promise<Report> {
  const slug = slugOf(c)
  return readable(authoriser, c.get('caller'), await store.find(slug), slug)
}

async function versionOf({ store }: HandlerDeps, report: Report, asked = 'latest'): Promise<Version> {
  const number = asked === 'latest' ? report.latest : /^[1-9]\d{0,8}$/.test(asked) ? Number(asked) : 0
  const version = number > 0 ? await store.version(report.id, number) : undefined
  if (!version) throw NoSuchVersion({ slug: report.slug, version: asked })
  return version
}

async function visible({ store, authoriser }: HandlerDeps, caller: Caller): Promise<Report[]> {
  const all = await store.list()
  const answers = await Promise.all(all.map((report) => mayRead(authoriser, caller, report)))
  return all.filter((_, i) => answers[i])
}

/** A parameter’s values; undecodable ones become half a surrogate pair, which nothing takes. */
function queries(c: C, name: string): string[] | undefined {
  const pairs = new URL(c.req.url).search.slice(1).split('&')
  const values = pairs.flatMap((pair) => {
    const [key = '', ...value] = pair.split('=')
    return decoded(key) === name ? [decoded(value.join('='))] : []
  })
  return values.length === 0 ? undefined : values
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text.replaceAll('+', ' '))
  } catch {
    return UNDECODABLE
  }
}

function readersFrom(given: readonly string[] | undefined): readonly string[] | undefined {
  for (const reader of given ?? [])
    if (!/^(user|role):\S{1,200}$/.test(reader) || !isStorable(reader)) throw BadReaders({ reader: JSON.stringify(reader) })
  return given && [...new Set(given)]
}

function titleFrom(given: string | undefined): string | undefined {
  if (given !== undefined && (given === '' || given.length > LONGEST_TITLE || !isStorable(given))) throw BadTitle({ most: LONGEST_TITLE })
  return given
}

export const listReports = (deps: HandlerDeps) => async (c: C) => c.json({ reports: (await visible(deps, c.get('caller'))).map(view) })

export const getReport = (deps: HandlerDeps) => async (c: C) => {
  const report = await readableOf(deps, c)
  return c.json({ ...view(report), versions: (await deps.store.versions(report.id)).map(versionView) })
}

/** `PUT /api/reports/{slug}?title=&reader=`: the next version; the first makes the report. */
export const putReport = (deps: HandlerDeps) => {
  let running = 0
  return async (c: C) => {
    if (running >= MOST_UPLOADS) throw Busy()
    running++
    try {
      return await publish(deps, c)
    } finally {
      running--
    }
  }
}

async function publish(deps: HandlerDeps, c: C): Promise<Response> {
  const { store, objects, bucket, authoriser, maxBytes, log } = deps
  const caller = c.get('caller')
  const slug = slugOf(c)
  const known = await store.find(slug)
  if (known && (await mayRead(authoriser, caller, known))) await mustChange(authoriser, caller, known, 'write')
  else {
    await mustCreate(authoriser, caller, slug)
    if (known) throw SlugTaken({ slug })
  }
  const title = titleFrom(queries(c, 'title')?.[0])
  const readers = readersFrom(queries(c, 'reader'))
  const files = await readUpload(c.req.raw.body, { type: c.req.header('content-type'), maxBytes })
  const id = known?.id ?? randomUUID()
  const folder = `${id}/${randomUUID()}`
  try {
    await inSpan('docs.write', { 'docs.files': files.length }, async () => {
      for (let from = 0; from < files.length; from += PARALLEL)
        await Promise.all(
          files
            .slice(from, from + PARALLEL)
            .map(({ path, bytes }) =>
              objects.put(bucket, `${folder}/${path}`, bytes, { headers: { 'content-type': typeOf(path) }, onlyNew: true }),
            ),
        )
    })
    const listed = files.map(({ path, bytes }) => ({ path, size: bytes.length }))
    const report = await store.publish({ id, slug, author: caller.sub, account: caller.account, title, readers, folder, files: listed })
    if (!report) throw NameTaken({ slug })
    log.info({ slug, version: report.latest, files: files.length, user: caller.sub }, 'published')
    return c.json(view(report), known ? 200 : 201)
  } catch (error) {
    await objects
      .removeBelow(bucket, `${folder}/`)
      .catch((e: unknown) => log.warn({ folder, error: describeError(e) }, 'files of a failed version stay'))
    throw error
  }
}

function jsonOf(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes))
  } catch {
    return undefined
  }
}

export const patchReport = (deps: HandlerDeps) => async (c: C) => {
  const report = await readableOf(deps, c)
  await mustChange(deps.authoriser, c.get('caller'), report, 'manage')
  const { Change } = await import('#parts/docs/change')
  const parsed = Change.safeParse(jsonOf(await readBytes(c.env.incoming, LARGEST_CHANGE)))
  if (!parsed.success) throw BadBody({ reason: parsed.error.issues.map((i) => `${i.path.join('.') || 'body'}: ${i.message}`).join('; ') })
  const { title, readers } = parsed.data
  await deps.store.change(report.id, { title: titleFrom(title), readers: readersFrom(readers) })
  return c.json(view((await deps.store.find(report.slug)) ?? report))
}

export const deleteReport = (deps: HandlerDeps) => async (c: C) => {
  const report = await readableOf(deps, c)
  await mustChange(deps.authoriser, c.get('caller'), report, 'drop')
  await deps.store.remove(report.id)
  await deps.objects.removeBelow(deps.bucket, `${report.id}/`)
  deps.log.info({ slug: report.slug, user: c.get('caller').sub }, 'removed')
  return c.body(null, 204)
}

/** `/api/reports/{slug}/versions/{n|latest}/files/{path}`, for programs. */
export const getFile = (deps: HandlerDeps) => async (c: C) => {
  const report = await readableOf(deps, c)
  const version = await versionOf(deps, report, c.req.param('version'))
  const folder = `/api/reports/${report.slug}/versions/${c.req.param('version')}/files/`
  return sendFile(deps, c, version, below(c.req.path, folder), folder)
}

export const getList = (deps: HandlerDeps) => async (c: C) =>
  c.html(listPage(await visible(deps, c.get('caller'))), 200, pageHeaders(deps.origin))

export const getPage = (deps: HandlerDeps) => async (c: C) => {
  const report = await readableOf(deps, c)
  const shown = await versionOf(deps, report, c.req.param('version'))
  const link = signLink(deps.key, { report: report.id, version: shown.number })
  return c.html(reportPage(report, shown, await deps.store.versions(report.id), link), 200, pageHeaders(deps.origin))
}

/** `/content/{link}/{path}`: no caller, but an address that was given to one who may read. */
export const getContent = (deps: HandlerDeps) => async (c: C) => {
  const link = c.req.param('link') ?? ''
  const opened = openLink(deps.key, link)
  const version = await deps.store.version(opened.report, opened.version)
  if (!version) throw LinkExpired()
  const folder = `${CONTENT_PATH}/${link}/`
  return sendFile(deps, c, version, below(c.req.path, folder), folder)
}

/** What follows the folder's address, decoded. */
function below(path: string, folder: string): string {
  const rest = path.startsWith(folder) ? path.slice(folder.length) : ''
  try {
    return decodeURIComponent(rest)
  } catch {
    return rest
  }
}

/** A file of a version, by the list of them; a folder's address is its index. */
async function sendFile(
  { objects, bucket, origin }: HandlerDeps,
  c: C,
  version: Version,
  asked: string,
  folder: string,
): Promise<Response> {
  const path = asked === '' || asked.endsWith('/') ? `${asked}${INDEX}` : asked
  const file = version.files.find((f) => f.path === path)
  const object = file && (await objects.get(bucket, `${version.folder}/${path}`))
  for (const [name, value] of Object.entries(reportHeaders(origin, folder))) c.header(name, value)
  if (!object) throw NoSuchFile({ path: JSON.stringify(asked.slice(0, 200)) })
  c.header('content-type', typeOf(path))
  c.header('content-length', String(file.size))
  return c.body(Readable.toWeb(object.body) as ReadableStream)
}

function typeOf(path: string): string {
  return getMimeType(path) ?? 'application/octet-stream'
}
