// Which resource group a query runs in: the first selector whose conditions its person and its client meet.
import { QueryRejected } from '#parts/sql/errors'
import { groupsOf } from '#parts/sql/groups/check'
import type { GroupDeclaration, GroupsDeclaration, SelectorDeclaration } from '#parts/sql/groups/declaration'
import { compileWhole, matchWhole } from '#parts/sql/groups/expression'
import { expand, SOURCE, segmentsOf, USER } from '#parts/sql/groups/template'
import { BadPattern } from '#wire/trino/pattern-parser'

/** Whose query it is; source and tags are what the client says of itself. */
export interface Submission {
  readonly user: string
  readonly roles: readonly string[]
  readonly source: string | undefined
  readonly clientTags: readonly string[]
}

/** A group with those above it, the root first. */
export interface ChosenGroup {
  readonly id: readonly string[]
  readonly declared: readonly GroupDeclaration[]
}

/** Throws QueryRejected where no selector matches. */
export type SelectGroup = (submission: Submission) => ChosenGroup

type Match = (submission: Submission) => ChosenGroup | undefined

/** Of a declaration without problems. */
export function createSelectGroup({ rootGroups, selectors }: GroupsDeclaration): SelectGroup {
  const matches = selectors.map((selector) => matchOf(selector, rootGroups))
  return (submission) => {
    for (const match of matches) {
      const chosen = match(submission)
      if (chosen) return chosen
    }
    throw QueryRejected({ text: 'No matching resource group found with the configured selection rules' })
  }
}

function matchOf(selector: SelectorDeclaration, roots: readonly GroupDeclaration[]): Match {
  const [user, userGroup, source] = [selector.user, selector.userGroup, selector.source].map((text) =>
    text === undefined ? undefined : compileWhole(text),
  )
  const declared = groupsOf(selector.group, roots) ?? []
  const tags = selector.clientTags ?? []
  return (submission) => {
    try {
      const ofUser = user ? matchWhole(user, submission.user) : []
      const ofSource = source ? matchWhole(source, submission.source ?? '') : []
      if (!ofUser || !ofSource || (userGroup && !submission.roles.some((role) => matchWhole(userGroup, role)))) return undefined
      if (!tags.every((tag) => submission.clientTags.includes(tag))) return undefined
      const values = new Map([[USER, submission.user], [SOURCE, submission.source ?? ''], ...ofUser, ...ofSource])
      const id = segmentsOf(selector.group).map((segment) => expand(segment, values))
      if (id.includes('')) throw QueryRejected({ text: `a name is missing in the resource group ${selector.group} of the query` })
      return { id, declared }
    } catch (error) {
      if (error instanceof BadPattern) throw QueryRejected({ text: `${error.message}: ${selector.group} has one` })
      throw error
    }
  }
}
