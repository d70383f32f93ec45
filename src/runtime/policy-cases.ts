// Cases beside a policy: what its owner expects of it, run against what it says.
import { z } from 'zod'
import { defineError } from '#kit/errors'
import { nearOf } from '#kit/nearest'
import { ACTIONS, type Policy, type PolicyText } from '#platform/policy/source'
import { parseYaml, worded } from '#platform/yaml'
import { explain } from '#runtime/policy-explain'
import { ThingUnknown, thingOf } from '#runtime/policy-things'

export const CasesInvalid = defineError('policy.cases_invalid', 400, 'the cases in {file} cannot be read: {problem}', {
  blame: 'operator',
  hint: 'a case has roles, object, perhaps may and columns, and what is expected: allow, visible, denied, masked, clear, rows; see docs/guide/policy.md',
})

const names = z.array(z.string().min(1))
const schema = z.strictObject({
  cases: z
    .array(
      z.strictObject({
        roles: names,
        may: z.enum(ACTIONS).default('read'),
        object: z.string().min(1),
        columns: names.optional(),
        allow: z.boolean().default(true),
        visible: names.optional(),
        denied: names.optional(),
        masked: names.optional(),
        clear: names.optional(),
        rows: names.optional(),
      }),
    )
    .nonempty(),
})

type Case = z.infer<typeof schema>['cases'][number]

export interface Outcome {
  /** `file:line`. */
  readonly at: string
  readonly text: string
  /** What is otherwise; none where the case holds. */
  readonly problems: readonly string[]
}

/** @throws CasesInvalid */
export function runCases(policy: Policy, files: readonly PolicyText[]): Outcome[] {
  return files.flatMap(({ name: file, text }) => {
    const yaml = parseYaml(text, (problem) => CasesInvalid({ file, problem }))
    const parsed = schema.safeParse(yaml.value)
    if (!parsed.success) {
      const [issue] = parsed.error.issues as [z.core.$ZodIssue]
      const at = yaml.placeOf(issue.path)
      throw CasesInvalid({ file: at ? `${file}:${at.line}:${at.column}` : file, problem: `${issue.path.join('.')}: ${worded(issue)}` })
    }
    return parsed.data.cases.map((one, i) => ({
      at: `${file}:${yaml.placeOf(['cases', i])?.line}`,
      text: `${one.roles.join(' and ') || 'nobody'}: ${one.may} ${one.object}`,
      problems: judged(policy, one),
    }))
  })
}

/** What names nothing fails where it stands, and the other cases are judged. */
function judged(policy: Policy, one: Case): string[] {
  try {
    return problemsOf(policy, one)
  } catch (error) {
    if (ThingUnknown.is(error)) return [error.message]
    throw error
  }
}

function problemsOf(policy: Policy, wanted: Case): string[] {
  const { roles, may, object, columns = [], allow, visible = [], denied = [], masked = [], clear = [], rows } = wanted
  const known = Object.keys(policy.model.roleGrants)
  const unknown = roles.find((role) => !known.includes(role))
  if (unknown !== undefined) return [`there is no role ${unknown}${nearOf(unknown, known)}`]
  const asked = [...new Set([...columns, ...visible, ...denied, ...masked, ...clear])]
  const thing = { ...thingOf(object), ...(asked.length > 0 ? { columns: asked } : {}) }
  const said = explain(policy, { user: 'somebody', roles, action: may, thing })
  if (said.allow !== allow) return [said.allow ? 'it is allowed' : `it is denied: ${said.reason}`]
  const shown = said.columnMasks ?? {}
  const filters = said.rowFilters ?? []
  const isDenied = (column: string) => said.visibleColumns?.includes(column) === false
  return [
    ...[...visible, ...masked, ...clear].filter(isDenied).map((column) => `${column} cannot be selected`),
    ...denied.filter((column) => !isDenied(column)).map((column) => `${column} can be selected`),
    ...masked.filter((column) => !isDenied(column) && !Object.hasOwn(shown, column)).map((column) => `${column} is shown clear`),
    ...clear.filter((column) => Object.hasOwn(shown, column)).map((column) => `${column} is shown as ${shown[column]}`),
    ...(rows !== undefined && JSON.stringify([...rows].sort()) !== JSON.stringify([...filters].sort())
      ? [`the rows are those of ${filters.join(' AND ') || 'the whole table'}`]
      : []),
  ]
}
