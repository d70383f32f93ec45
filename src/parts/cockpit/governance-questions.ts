// What the page Governance may ask: the shapes of its questions.
import type { Context } from 'hono'
import { z } from 'zod'
import type { ApiEnv } from '#kit/api'
import { readText } from '#kit/body'
import { BadRequest } from '#parts/cockpit/errors'
import { MOST, type Persona } from '#wire/governance'

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
export const bodies = {
  matrix: z.strictObject({
    personas: z.array(persona).max(MOST.personas).refine(areDifferent, 'each but once'),
    tables: z.array(table).max(MOST.tables),
  }),
  why: z.strictObject({ persona, table }),
}

const numbers = z.coerce.number().int().min(0).max(1e9)
export const queries = {
  search: z.strictObject({ text: z.string().max(1024).default(''), offset: numbers.default(0) }),
  files: z.strictObject({ revision: numbers.optional() }),
  history: z.strictObject({ offset: numbers.default(0) }),
  differences: z.strictObject({ before: numbers, after: numbers }),
  events: z.strictObject({ user: text.optional(), table: text.optional() }),
}

/** @throws BadRequest */
export async function bodyOf<T extends z.ZodType>(c: Context<ApiEnv>, shape: T): Promise<z.output<T>> {
  const body = await readText(c.env.incoming, LARGEST_QUESTION)
  let value: unknown
  try {
    value = JSON.parse(body)
  } catch (error) {
    throw BadRequest({ reason: 'the body is not JSON' }, error)
  }
  return parsed(shape, value)
}

/** @throws BadRequest */
export const queryOf = <T extends z.ZodType>(c: Context<ApiEnv>, shape: T): z.output<T> => parsed(shape, c.req.query())

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

function parsed<T extends z.ZodType>(shape: T, value: unknown): z.output<T> {
  const result = shape.safeParse(value)
  if (result.success) return result.data
  const [issue] = result.error.issues as [z.core.$ZodIssue]
  throw BadRequest({ reason: `${issue.path.join('.') || 'the request'}: ${issue.message}` })
}
