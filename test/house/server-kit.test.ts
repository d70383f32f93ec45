// One way to serve: an API is an app of `createApi`, on a private socket a table of `createPrivateApi`. What speaks another protocol is declared here.
import { readdirSync, readFileSync } from 'node:fs'
import { join, relative, resolve } from 'node:path'
import { parseSync } from 'vite'
import { describe, expect, it } from 'vitest'
import { isTestFile, sourcesBelow } from '#test/support/syntax'

const ROOT = resolve(import.meta.dirname, '../..')

/** Makes servers of its own. */
const SERVERS = ['src/parts/gateway/listener.ts']
/** Opens a door without `createApiPart`: it is no JSON API on a port. */
const DOORS: Readonly<Record<string, string>> = {
  'src/parts/gateway/index.ts': 'a reverse proxy',
  'src/parts/storage/index.ts': 'S3, and files on a private socket',
  'src/parts/engine/index.ts': 'a private socket',
  'src/parts/identity/ended-feed.ts': 'a private socket',
  'src/cli/commands/login.ts': "a browser's way back to a terminal",
  'src/cluster/policy/compose.ts': 'a door within the pod',
  'src/runtime/cell.ts': 'a private socket',
  'src/runtime/supervisor/main.ts': 'private sockets',
}
/** Routes by hand, by what no path alone tells. */
const ROUTERS: Readonly<Record<string, string>> = {
  'src/parts/gateway/door.ts': 'a host names the part',
  'src/runtime/ensure-jobs.ts': 'a table that the cell puts into its own',
}

type Node = { readonly type: string; readonly start: number; readonly end: number } & Readonly<Record<string, unknown>>

function nodesBelow(value: unknown): Node[] {
  if (Array.isArray(value)) return value.flatMap(nodesBelow)
  if (typeof value !== 'object' || value === null) return []
  const below = Object.values(value).flatMap(nodesBelow)
  return 'type' in value && 'start' in value ? [value as Node, ...below] : below
}

const METHOD = /^(GET|HEAD|POST|PUT|PATCH|DELETE)$/
const ROUTE = /^((GET|HEAD|POST|PUT|PATCH|DELETE) ?)?\//
const ADDRESSES = new Set(['url', 'pathname'])
const FUNCTIONS = new Set(['Identifier', 'MemberExpression', 'FunctionExpression', 'ArrowFunctionExpression', 'CallExpression'])

function textOf(node: unknown): string {
  const { type, value, quasis } = node as Node & { readonly quasis?: readonly { value: { raw: string } }[] }
  if (type === 'Literal') return typeof value === 'string' ? value : ''
  return type === 'TemplateLiteral' ? (quasis?.[0]?.value.raw ?? '') : ''
}

const isAddress = (node: unknown): boolean => {
  const { type, name, property } = node as Node
  return ADDRESSES.has((type === 'MemberExpression' ? (property as Node).name : type === 'Identifier' ? name : '') as string)
}

/** A row of a table, an entry of a record, a case, a comparison or a text test that takes a request to its handler. */
function routes(node: Node): boolean {
  switch (node.type) {
    case 'ArrayExpression': {
      const [first, ...rest] = node.elements as Node[]
      return first != null && METHOD.test(textOf(first)) && rest.some((n) => n != null && FUNCTIONS.has(n.type))
    }
    case 'Property':
      return ROUTE.test(textOf(node.key)) && FUNCTIONS.has((node.value as Node).type)
    case 'SwitchCase':
      return node.test !== null && ROUTE.test(textOf(node.test))
    case 'BinaryExpression': {
      const [left, right] = [node.left, node.right]
      return (
        /^[=!]==?$/.test(node.operator as string) &&
        ((isAddress(left) && ROUTE.test(textOf(right))) || (isAddress(right) && ROUTE.test(textOf(left))))
      )
    }
    case 'CallExpression': {
      const callee = node.callee as Node
      const begins = callee.type === 'MemberExpression' && (callee.property as Node).name === 'startsWith'
      return begins && isAddress(callee.object) && (node.arguments as Node[]).some((n) => ROUTE.test(textOf(n)))
    }
    default:
      return false
  }
}

const isCallOf = (node: Node, name: string): boolean => {
  const callee = node.callee as Node | undefined
  return node.type === 'CallExpression' && (callee?.name === name || (callee?.property as Node | undefined)?.name === name)
}

function read(file: string, text: string) {
  const nodes = nodesBelow(parseSync(file, text).program)
  const tables = nodes.filter((n) => isCallOf(n, 'createPrivateApi'))
  const inTable = (n: Node) => tables.some(({ start, end }) => start <= n.start && n.end <= end)
  return {
    servers: /from 'node:(http|https|http2)'/.test(text) && nodes.some((n) => isCallOf(n, 'createServer')),
    doors: nodes.some((n) => isCallOf(n, 'serve')),
    routers: nodes.some((n) => routes(n) && !inTable(n)),
  }
}

/** The kit is what they serve by; declarations are data. */
const ROOMS = readdirSync(join(ROOT, 'src')).filter((room) => room !== 'kit' && room !== 'platform')

const files = ROOMS.map((room) => join('src', room))
  .flatMap((dir) => sourcesBelow(join(ROOT, dir)))
  .filter((path) => !isTestFile(path) && !path.endsWith('/fixture.ts'))
  .map((path) => ({ file: relative(ROOT, path), ...read(path, readFileSync(path, 'utf8')) }))
const those = (kind: 'servers' | 'doors' | 'routers') => files.filter((f) => f[kind]).map(({ file }) => file)

describe('one server kit', () => {
  it.each([
    "const ROUTES = [['GET', /^.v1$/, list]]",
    "const api = { '/api/session': getSession }",
    "const routes = { 'POST /a': async () => {} }",
    'const routes = { [`GET /b`]: handler }',
    "switch (at) { case 'POST /runs': run() }",
    "if (req.url === '/status') send()",
    "if ('/a' === url.pathname) send()",
    "const isNew = ({ pathname }) => (pathname === '/people' ? a() : b())",
    "if (pathname !== '/people') send()",
    "if (url.pathname.startsWith('/api/')) send()",
  ])('sees a router by hand: %s', (text) => {
    expect(read('x.ts', text).routers).toBe(true)
  })
  it.each([
    "createPrivateApi({ log, routes: { 'POST /a': async () => {} } })",
    "app.get('/api/session', getSession)",
    "const ENDPOINTS = ['POST /v1/tables', 'GET /v1/views']",
    "fetch(url, { method: 'POST', path: '/a' })",
  ])('takes no other for one: %s', (text) => {
    expect(read('x.ts', text).routers).toBe(false)
  })

  it('makes servers in one place', () => expect(those('servers')).toEqual(SERVERS))
  it('opens doors by the kit', () => expect(those('doors').sort()).toEqual(Object.keys(DOORS).sort()))
  it('routes by the kit', () => expect(those('routers').sort()).toEqual(Object.keys(ROUTERS).sort()))
})
