// The API of the page Governance: an administrator asks about everybody, anybody else about himself.
import type { Context, Hono } from 'hono'
import { z } from 'zod'
import { authorise, type Caller, decide } from '#kit/access'
import type { ApiEnv } from '#kit/api'
import { readText } from '#kit/body'
import { BadRequest } from '#parts/cockpit/errors'
import { callerOf, type HandlerDeps } from '#parts/cockpit/handlers'
import { POLICY_KIND } from '#parts/cockpit/resource-kinds'
import type {
  DifferencesAnswer,
  EventsAnswer,
  HistoryAnswer,
  MatrixAnswer,
  MineAnswer,
  PeopleAnswer,
  Persona,
  PolicyAnswer,
  RolesAnswer,
  RoleWords,
  TableForm,
  WhyAnswer,
} from '#wire/governance'
import { MOST } from '#wire/governance'

/** Whose rights are asked about. */
export interface Standing {
  readonly user: string
  readonly roles: readonly string[]
}

export interface Search {
  readonly text: string
  readonly offset: number
}

/** Who saw or changed something, or was refused: one person's events, or those of a table; both where both are named. */
export interface EventSearch {
  readonly user?: string | undefined
  /** Its whole name: `iceberg.banking.customers`. */
  readonly table?: string | undefined
}

/** The policy of this platform, for its page. Pure questions; who may ask was asked before. */
export interface Governance {
  /** @throws where there is nobody of this name, or no such role */
  standing(persona: Persona): Standing
  matrix(standings: readonly Standing[], tables: readonly TableForm[]): MatrixAnswer
  why(standing: Standing, table: TableForm): WhyAnswer
  words(roles: readonly string[]): readonly RoleWords[]
  people(search: Search): PeopleAnswer
  roles(search: Search): RolesAnswer
  /** That of a revision; without one, what is in force. */
  policy(revision: number | undefined): PolicyAnswer
  history(offset: number): HistoryAnswer
  differences(before: number, after: number): DifferencesAnswer
  events(search: EventSearch): Promise<EventsAnswer>
}

type Deps = Pick<HandlerDeps, 'authenticator' | 'authoriser'>

/** The policy of everybody. */
const WHOLE = { kind: POLICY_KIND, path: [] }
const NOT_KEPT = { 'cache-control': 'no-store' }
/** Bytes: of so many tables with so many columns. */
const LARGEST_QUESTION = 4 * 1024 * 1024

/** Each level of a type is read once for each around it. */
const MOST_LEVELS = 32

const text = z.string().min(1).max(1024)
const persona = z.union([z.strictObject({ user: text }), z.strictObject({ role: text })])
const type = z
  .string()
  .max(100_000)
  .refine((printed) => levelsOf(printed) <= MOST_LEVELS, `a type of more than ${MOST_LEVELS} levels`)
const table = z.strictObject({
  path: z.tuple([text, text, text]),
  columns: z.array(z.strictObject({ name: z.string().max(1024), type })).max(MOST.columns),
})
const shapes = {
  matrix: z.strictObject({
    personas: z.array(persona).max(MOST.personas).refine(areDifferent, 'each but once'),
    tables: z.array(table).max(MOST.tables),
  }),
  why: z.strictObject({ persona, table }),
}

const numbers = z.coerce.number().int().min(0).max(1e9)
const queries = {
  search: z.strictObject({ text: z.string().max(1024).default(''), offset: numbers.default(0) }),
  files: z.strictObject({ revision: numbers.optional() }),
  history: z.strictObject({ offset: numbers.default(0) }),
  differences: z.strictObject({ before: numbers, after: numbers }),
  events: z.strictObject({ user: text.optional(), table: text.optional() }),
}

export function addGovernance(app: Hono<ApiEnv>, deps: Deps, governance: Governance): void {
  /** Answers who asks, where he may see the whole policy. */
  const governor = async (c: Context<ApiEnv>) => mayGovern(deps, (await callerOf(deps, c.env.incoming)).caller)
  const standing = async (caller: Caller, asked: readonly Persona[]): Promise<Standing[]> => {
    if (asked.every((one) => isSelf(one, caller))) await maySeeSelf(deps, caller)
    else await mayGovern(deps, caller)
    // What his token says is what the doors go by.
    return asked.map((one) => (isSelf(one, caller) ? { user: caller.sub, roles: caller.roles } : governance.standing(one)))
  }
  const read = (path: string, answer: (c: Context<ApiEnv>) => unknown) =>
    app.get(`/api/governance/${path}`, async (c) => {
      await governor(c)
      return c.json((await answer(c)) as object, 200, NOT_KEPT)
    })

  app.get('/api/governance/mine', async (c) => {
    const { caller } = await callerOf(deps, c.env.incoming)
    await maySeeSelf(deps, caller)
    const { allow } = await decide(deps.authoriser, caller, 'read', WHOLE)
    const answer: MineAnswer = { user: caller.sub, roles: governance.words(caller.roles), governs: allow }
    return c.json(answer, 200, NOT_KEPT)
  })
  app.post('/api/governance/matrix', async (c) => {
    const { caller } = await callerOf(deps, c.env.incoming)
    const { personas, tables } = await bodyOf(c, shapes.matrix)
    return c.json(governance.matrix(await standing(caller, personas), tables), 200, NOT_KEPT)
  })
  app.post('/api/governance/why', async (c) => {
    const { caller } = await callerOf(deps, c.env.incoming)
    const { persona: asked, table: of } = await bodyOf(c, shapes.why)
    const [who] = (await standing(caller, [asked])) as [Standing]
    return c.json(governance.why(who, of), 200, NOT_KEPT)
  })
  read('people', (c) => governance.people(queryOf(c, queries.search)))
  read('roles', (c) => governance.roles(queryOf(c, queries.search)))
  read('files', (c) => governance.policy(queryOf(c, queries.files).revision))
  read('history', (c) => governance.history(queryOf(c, queries.history).offset))
  read('differences', (c) => {
    const { before, after } = queryOf(c, queries.differences)
    return governance.differences(before, after)
  })
  read('events', (c) => governance.events(queryOf(c, queries.events)))
}

function levelsOf(type: string): number {
  let [level, most, isQuoted] = [0, 0, false]
  for (const c of type) {
    if (c === '"') isQuoted = !isQuoted
    else if (!isQuoted && c === '(') most = Math.max(most, ++level)
    else if (!isQuoted && c === ')') level--
  }
  return most
}

function areDifferent(personas: readonly Persona[]): boolean {
  return new Set(personas.map((one) => JSON.stringify(one))).size === personas.length
}

const isSelf = (persona: Persona, { sub }: Caller): boolean => 'user' in persona && persona.user === sub

async function maySeeSelf({ authoriser }: Deps, caller: Caller): Promise<void> {
  await authorise(authoriser, caller, 'read', { kind: 'user', path: [caller.sub] })
}

async function mayGovern({ authoriser }: Deps, caller: Caller): Promise<void> {
  await authorise(authoriser, caller, 'read', WHOLE)
}

async function bodyOf<T extends z.ZodType>(c: Context<ApiEnv>, shape: T): Promise<z.output<T>> {
  const body = await readText(c.env.incoming, LARGEST_QUESTION)
  let value: unknown
  try {
    value = JSON.parse(body)
  } catch (error) {
    throw BadRequest({ reason: 'the body is not JSON' }, error)
  }
  return parsed(shape, value)
}

const queryOf = <T extends z.ZodType>(c: Context<ApiEnv>, shape: T): z.output<T> => parsed(shape, c.req.query())

function parsed<T extends z.ZodType>(shape: T, value: unknown): z.output<T> {
  const result = shape.safeParse(value)
  if (result.success) return result.data
  const [issue] = result.error.issues as [z.core.$ZodIssue]
  throw BadRequest({ reason: `${issue.path.join('.') || 'the request'}: ${issue.message}` })
}
