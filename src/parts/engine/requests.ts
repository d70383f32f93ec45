// Bodies of requests, exactly in the agreed form: what is not known is refused, not ignored.
import { z } from 'zod'
import { StatementRefused } from '#parts/engine/errors'
import type { FieldId, RunRequest } from '#wire/engine/protocol'

const fieldId: z.ZodType<FieldId> = z.lazy(() =>
  z.strictObject({ name: z.string(), id: z.int().nonnegative(), children: z.array(fieldId).readonly().exactOptional() }),
)

const run: z.ZodType<RunRequest> = z.strictObject({
  runId: z.uuid(),
  queryId: z.string(),
  spool: z.string(),
  owner: z
    .string()
    .regex(/^[\w-]{1,128}$/, 'an owner has 1 to 128 letters, digits, - or _')
    .exactOptional(),
  alone: z.strictObject({ memoryLimitBytes: z.int().positive().exactOptional(), givesWay: z.boolean().exactOptional() }).exactOptional(),
  sql: z.string(),
  output: z.union([
    z.literal('rows'),
    z.strictObject({
      folder: z.string().regex(/^[\w-]{1,64}$/, 'a folder has 1 to 64 letters, digits, - or _'),
      fieldIds: z.array(fieldId).readonly(),
      partitionBy: z.array(z.string()).readonly().exactOptional(),
    }),
  ]),
  types: z.array(z.string()).readonly().exactOptional(),
})

const description = z.strictObject({ sql: z.string() })

export const parseRun = (body: string): RunRequest => parse(run, body)
export const parseDescribe = (body: string): { readonly sql: string } => parse(description, body)

function parse<T>(form: z.ZodType<T>, body: string): T {
  const read = form.safeParse(toJson(body))
  if (!read.success) throw StatementRefused({ text: z.prettifyError(read.error) })
  return read.data
}

function toJson(body: string): unknown {
  try {
    return JSON.parse(body)
  } catch {
    return undefined
  }
}
