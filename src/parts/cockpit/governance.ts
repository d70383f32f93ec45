// The API of the page Governance: an administrator asks about everybody, anybody else about himself.
import type { Context, Hono } from 'hono'
import { authorise, type Caller, decide } from '#kit/access'
import type { ApiEnv } from '#kit/api'
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

/** Their shapes are checked by a library that few processes load: when one is asked. */
const questions = () => import('#parts/cockpit/governance-questions')

type Deps = Pick<HandlerDeps, 'authenticator' | 'authoriser'>

/** The policy of everybody. */
const WHOLE = { kind: POLICY_KIND, path: [] }
const NOT_KEPT = { 'cache-control': 'no-store' }
export function addGovernance(app: Hono<ApiEnv>, deps: Deps, governance: Governance): void {
  /** Answers who asks, where he may see the whole policy. */
  const governor = async (c: Context<ApiEnv>) => mayGovern(deps, (await callerOf(deps, c.env.incoming)).caller)
  const standing = async (caller: Caller, asked: readonly Persona[]): Promise<Standing[]> => {
    if (asked.every((one) => isSelf(one, caller))) await maySeeSelf(deps, caller)
    else await mayGovern(deps, caller)
    // What his token says is what the doors go by.
    return asked.map((one) => (isSelf(one, caller) ? { user: caller.sub, roles: caller.roles } : governance.standing(one)))
  }
  const read = (path: string, answer: (c: Context<ApiEnv>, asked: Awaited<ReturnType<typeof questions>>) => unknown) =>
    app.get(`/api/governance/${path}`, async (c) => {
      await governor(c)
      return c.json((await answer(c, await questions())) as object, 200, NOT_KEPT)
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
    const { bodyOf, bodies } = await questions()
    const { personas, tables } = await bodyOf(c, bodies.matrix)
    return c.json(governance.matrix(await standing(caller, personas), tables), 200, NOT_KEPT)
  })
  app.post('/api/governance/why', async (c) => {
    const { caller } = await callerOf(deps, c.env.incoming)
    const { bodyOf, bodies } = await questions()
    const { persona: asked, table: of } = await bodyOf(c, bodies.why)
    const [who] = (await standing(caller, [asked])) as [Standing]
    return c.json(governance.why(who, of), 200, NOT_KEPT)
  })
  read('people', (c, { queryOf, queries }) => governance.people(queryOf(c, queries.search)))
  read('roles', (c, { queryOf, queries }) => governance.roles(queryOf(c, queries.search)))
  read('files', (c, { queryOf, queries }) => governance.policy(queryOf(c, queries.files).revision))
  read('history', (c, { queryOf, queries }) => governance.history(queryOf(c, queries.history).offset))
  read('differences', (c, { queryOf, queries }) => {
    const { before, after } = queryOf(c, queries.differences)
    return governance.differences(before, after)
  })
  read('events', (c, { queryOf, queries }) => governance.events(queryOf(c, queries.events)))
}

const isSelf = (persona: Persona, { sub }: Caller): boolean => 'user' in persona && persona.user === sub

async function maySeeSelf({ authoriser }: Deps, caller: Caller): Promise<void> {
  await authorise(authoriser, caller, 'read', { kind: 'user', path: [caller.sub] })
}

async function mayGovern({ authoriser }: Deps, caller: Caller): Promise<void> {
  await authorise(authoriser, caller, 'read', WHOLE)
}
