// What is wrong with a declaration of resource groups, by the place of each fault in it.
import type { GroupDeclaration, GroupsDeclaration, SelectorDeclaration } from '#parts/sql/groups/declaration'
import { compileWhole } from '#parts/sql/groups/expression'
import { SOURCE, segmentsOf, USER, variablesOf } from '#parts/sql/groups/template'
import { BadPattern } from '#wire/trino/pattern-parser'

export interface DeclarationProblem {
  readonly path: readonly (string | number)[]
  readonly text: string
}

type Path = DeclarationProblem['path']

export function problemsOf({ rootGroups, selectors }: GroupsDeclaration): DeclarationProblem[] {
  return [
    ...problemsOfGroups(rootGroups, ['rootGroups'], undefined),
    ...selectors.flatMap((selector, i) => problemsOfSelector(selector, ['selectors', i], rootGroups)),
  ]
}

function problemsOfGroups(groups: readonly GroupDeclaration[], path: Path, parent: GroupDeclaration | undefined): DeclarationProblem[] {
  const names = groups.map(({ name }) => name)
  const policy = parent?.schedulingPolicy
  return groups.flatMap((group, i) => {
    const at = [...path, i]
    const problems: DeclarationProblem[] = []
    if (names.indexOf(group.name) !== i) problems.push({ path: [...at, 'name'], text: `there is another group ${group.name} beside it` })
    if (group.schedulingWeight !== undefined && policy !== 'weighted_fair')
      problems.push({ path: [...at, 'schedulingWeight'], text: 'it is for sub-groups of a group whose schedulingPolicy is weighted_fair' })
    if (policy === 'query_priority' && group.schedulingPolicy !== policy)
      problems.push({ path: [...at, 'schedulingPolicy'], text: 'it is query_priority, as that of the group above it' })
    return [...problems, ...problemsOfGroups(group.subGroups ?? [], [...at, 'subGroups'], group)]
  })
}

function problemsOfSelector(selector: SelectorDeclaration, path: Path, roots: readonly GroupDeclaration[]): DeclarationProblem[] {
  const problems: DeclarationProblem[] = []
  const known = new Set([USER, SOURCE])
  for (const field of ['user', 'userGroup', 'source'] as const) {
    const text = selector[field]
    if (text === undefined) continue
    try {
      const { names } = compileWhole(text).pattern
      if (field !== 'userGroup') for (const name of names.keys()) known.add(name)
    } catch (error) {
      if (!(error instanceof BadPattern)) throw error
      problems.push({ path: [...path, field], text: error.detail ?? error.message })
    }
  }
  const at = [...path, 'group']
  const groups = groupsOf(selector.group, roots)
  if (!groups) problems.push({ path: at, text: `no group ${selector.group} is declared` })
  else if (groups.at(-1)?.subGroups?.length) problems.push({ path: at, text: `queries run in sub-groups of ${selector.group}, not in it` })
  const unknown = variablesOf(selector.group).find((variable) => !known.has(variable))
  if (unknown !== undefined) problems.push({ path: at, text: `no expression of the selector has a group named ${unknown}` })
  return problems
}

/** The declared groups from a root down to the named one. */
export function groupsOf(group: string, roots: readonly GroupDeclaration[]): readonly GroupDeclaration[] | undefined {
  const found: GroupDeclaration[] = []
  let among: readonly GroupDeclaration[] | undefined = roots
  for (const segment of segmentsOf(group)) {
    const next: GroupDeclaration | undefined = among?.find(({ name }) => name === segment)
    if (!next) return undefined
    found.push(next)
    among = next.subGroups
  }
  return found
}
