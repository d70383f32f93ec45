// A port, bucket, database, host or image tag is typed in its declaration and nowhere else.
import { join, relative, resolve } from 'node:path'
import { describe, expect, it } from 'vitest'
import { resourceId } from '#ensure/kinds'
import { AUDIENCE, EVERY_PART } from '#platform/audiences'
import { machineServices, resourcesOf, services, startGraph } from '#platform/registry'
import type { Site } from '#platform/service'
import { isTestFile, literalsOf, sourcesBelow } from '#test/support/syntax'

const ROOT = resolve(import.meta.dirname, '../..')
const SITE: Site = { shape: 'machine', domain: 'akko.localhost', publicPort: 8443, demo: true }

/** Every text and number in the code outside the declarations. Tests may name what they talk to. */
function handWritten(): { file: string; texts: readonly string[] }[] {
  const rooms = ['kit', 'wire', 'ensure', 'parts', 'runtime', 'chart', 'cluster', 'demo', 'cli'].map((room) => join('src', room))
  return [...rooms, 'cockpit']
    .flatMap((room) => sourcesBelow(join(ROOT, room)))
    .filter((path) => !isTestFile(path))
    .map((path) => ({ file: relative(ROOT, path), texts: literalsOf(path) }))
}

const files = handWritten()

/** `value in file` for every text that the pattern finds a value in. */
function occurrences(pattern: (value: string) => RegExp, values: readonly string[]): string[] {
  return values.flatMap((value) =>
    files.filter(({ texts }) => texts.some((text) => pattern(value).test(text))).map(({ file }) => `${value} in ${file}`),
  )
}

const escaped = (s: string) => s.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')

describe('declared once', () => {
  const ports = machineServices().flatMap((s) => Object.values(s.machine.ports).map(String))
  const resources = resourcesOf(SITE)

  it('ports', () => {
    expect(ports.length).toBeGreaterThan(0)
    expect(occurrences((p) => new RegExp(`(?<![\\d._])${p}(?![\\d._])`), ports)).toEqual([])
  })

  it('buckets', () => {
    const buckets = resources.flatMap((r) => (r.kind === 'bucket' ? [r.name] : []))
    expect(buckets.length).toBeGreaterThan(0)
    expect(occurrences((b) => new RegExp(`(^|/)${escaped(b)}(/|$)`), buckets)).toEqual([])
  })

  it('databases', () => {
    const databases = resources.flatMap((r) => (r.kind === 'database' && r.name !== 'akko' ? [r.name] : [])) // the last is the product's name too
    expect(databases.length).toBeGreaterThan(0)
    const composed = occurrences((d) => new RegExp(`^${escaped(d)}$`), databases).filter(
      (o) => !/ in (src\/(parts|wire|chart|demo)|cockpit)\//.test(o),
    )
    expect(composed).toEqual([]) // parts are handed a pool; words of protocols and Helm values, and schemas, may be alike; the demo names its own data
  })

  it('hosts', () => {
    const domain = SITE.domain
    expect(occurrences((d) => new RegExp(escaped(d)), [domain, 'akko.local'])).toEqual([])
  })

  it('image tags', () => {
    const images = services.flatMap((s) => (s.cluster ? [`${s.cluster.image.repository}:${s.cluster.image.tag}`, s.cluster.image.tag] : []))
    expect(occurrences((i) => new RegExp(`(^|:)${escaped(i)}$`), [...new Set(images)])).toEqual([])
  })

  it('no image floats', () => {
    const tags = services.flatMap((s) => (s.cluster ? [s.cluster.image.tag] : []))
    expect(tags.filter((t) => /latest|stable$|^main/.test(t) && !/\d/.test(t))).toEqual([])
  })
})

describe('the declarations', () => {
  it('name every resource once', () => {
    const ids = resourcesOf(SITE).map(resourceId)
    expect(ids.filter((id, i) => ids.indexOf(id) !== i)).toEqual([])
  })

  it('give no port twice', () => {
    const taken = machineServices().flatMap((s) => Object.entries(s.machine.ports).map(([name, port]) => `${port} ${s.name}.${name}`))
    const numbers = taken.map((t) => t.split(' ')[0])
    expect(taken.filter((_, i) => numbers.indexOf(numbers[i] as string) !== i)).toEqual([])
  })

  it('give no host twice', () => {
    const hosts = services.flatMap((s) => s.hosts ?? [])
    expect(hosts.filter((h, i) => hosts.indexOf(h) !== i)).toEqual([])
  })

  it('form a start graph without circles, needs first', () => {
    const order = startGraph().map((n) => n.name)
    for (const node of startGraph()) for (const need of node.needs) expect(order.indexOf(need)).toBeLessThan(order.indexOf(node.name))
  })

  it('have clients whose tokens are for somebody and exact redirect URIs', () => {
    const clients = resourcesOf(SITE).flatMap((r) => (r.kind === 'client' ? [r] : []))
    expect(clients.length).toBeGreaterThan(0)
    expect(clients.filter((c) => c.audiences.length === 0)).toEqual([])
    // Whom tokens are for is a client of the realm, or Keycloak's own for the admin API.
    const known = new Set([...clients.map((c) => c.clientId), AUDIENCE.identity])
    expect([...EVERY_PART, ...clients.flatMap((c) => c.audiences)].filter((audience) => !known.has(audience))).toEqual([])
    expect(clients.flatMap((c) => c.redirectUris).filter((u) => u.includes('*'))).toEqual([])
  })

  it('have on a cluster no token for a part that no cluster has', () => {
    const clients = resourcesOf({ ...SITE, shape: 'cluster' }).flatMap((r) => (r.kind === 'client' && r.flows.length > 0 ? [r] : []))
    const named = new Set(clients.flatMap((c) => c.audiences))
    expect(EVERY_PART.filter((audience) => !named.has(audience)).sort()).toEqual([AUDIENCE.ai, AUDIENCE.mcp, AUDIENCE.storage])
    expect(clients.filter((c) => c.audiences.length === 0)).toEqual([])
  })

  it('have no known user without the demo', () => {
    const users = resourcesOf({ ...SITE, demo: false }).flatMap((r) => (r.kind === 'user' ? [r] : []))
    expect(users.filter((u) => u.demoPassword !== undefined)).toEqual([])
  })
})
