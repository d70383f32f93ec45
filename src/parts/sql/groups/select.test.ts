// Which group a query is of, and which it cannot come to.
import { describe, expect, it } from 'vitest'
import { problemsOf } from '#parts/sql/groups/check'
import type { GroupDeclaration, GroupsDeclaration, SelectorDeclaration } from '#parts/sql/groups/declaration'
import { createSelectGroup, type Submission } from '#parts/sql/groups/select'

const group = (name: string, ...subGroups: GroupDeclaration[]): GroupDeclaration => ({
  name,
  hardConcurrencyLimit: 1,
  maxQueued: 1,
  ...(subGroups.length > 0 ? { subGroups } : {}),
})
const ROOTS = [
  group('admin'),
  group('global', group(`bi-\${tool}`, group(`\${USER}`)), group('tagged'), group(`from-\${SOURCE}`), group(`\${USER}`)),
]

function selected(selectors: readonly SelectorDeclaration[], asked: Partial<Submission> = {}) {
  const declaration = { rootGroups: ROOTS, selectors }
  expect(problemsOf(declaration)).toEqual([])
  const submission = { user: 'kayla', roles: ['akko-analyst'], source: undefined, clientTags: [], ...asked }
  return createSelectGroup(declaration)(submission).id.join('.')
}

const rejected = (...args: Parameters<typeof selected>) => expect(() => selected(...args))

describe('the first selector whose conditions all hold', () => {
  const rules: SelectorDeclaration[] = [
    { user: 'bob', group: 'admin' },
    { userGroup: 'akko-admin|akko-.*-lead', group: 'admin' },
    { source: 'jdbc#(?<tool>.*)', clientTags: ['hipri'], group: `global.bi-\${tool}.\${USER}` },
    { clientTags: ['a', 'b'], group: 'global.tagged' },
    { group: `global.\${USER}` },
  ]
  it.each([
    [{ user: 'bob' }, 'admin'],
    [{ user: 'bobby' }, 'global.bobby'], // the whole name
    [{ roles: ['x', 'akko-sales-lead'] }, 'admin'],
    [{ roles: ['akko-admin-of-nothing'] }, 'global.kayla'],
    [{ source: 'jdbc#powerfulbi', clientTags: ['hipri', 'fast'] }, 'global.bi-powerfulbi.kayla'],
    [{ source: 'jdbc#powerfulbi', clientTags: ['fast'] }, 'global.kayla'],
    [{ clientTags: ['b', 'c', 'a'] }, 'global.tagged'],
    [{ source: 'anything', clientTags: ['a'] }, 'global.kayla'],
    [{ user: `with.dots@and\${USER}` }, `global.with.dots@and\${USER}`],
  ] as const)('%o: %s', (asked, id) => {
    expect(selected(rules, asked)).toBe(id)
  })

  it('what the client says of itself counts where the declaration looks at it only', () => {
    const only: SelectorDeclaration[] = [{ user: 'bob', source: 'dashboard', group: 'admin' }, { group: `global.\${USER}` }]
    for (const source of ['dashboard', 'admin', undefined]) expect(selected(only, { source, clientTags: ['admin'] })).toBe('global.kayla')
    expect(selected(only, { user: 'bob', source: 'dashboard' })).toBe('admin')
  })
})

describe('a query is rejected', () => {
  it('where no selector matches', () => {
    rejected([{ user: 'bob', group: 'admin' }]).toThrow('No matching resource group found with the configured selection rules')
    rejected([]).toThrow('No matching resource group found with the configured selection rules')
  })

  it('where its group would have no name', () => {
    expect(selected([{ group: `global.from-\${SOURCE}` }], {})).toBe('global.from-')
    rejected([{ source: 'jdbc(?<tool>.*)', group: `global.bi-\${tool}.\${USER}` }], { user: '', source: 'jdbc#x' }).toThrow(
      'a name is missing',
    )
  })

  it('where an expression takes too many steps, which holds nobody up', () => {
    const began = performance.now()
    rejected([{ source: '((a*)*b)*c', group: 'admin' }], { source: 'a'.repeat(8000) }).toThrow()
    expect(performance.now() - began).toBeLessThan(20_000)
  })
})

it('a declaration that cannot be kept is told place by place', () => {
  const leaf = { hardConcurrencyLimit: 1, maxQueued: 1 }
  const declaration: GroupsDeclaration = {
    rootGroups: [
      { ...leaf, name: 'a', schedulingPolicy: 'query_priority', subGroups: [{ ...leaf, name: 'x', schedulingWeight: 2 }] },
      { ...leaf, name: 'a', schedulingWeight: 3 },
    ],
    selectors: [
      { user: '(', group: 'a.x' },
      { source: '(?<tool>.*)', group: `b.\${tool}.\${other}` },
      { group: 'a' },
      { group: 'a.x.y' },
      { userGroup: 'a)|(b', group: 'a.x' },
    ],
  }
  expect(problemsOf(declaration).map(({ path, text }) => `${path.join('.')}: ${text}`)).toEqual([
    'rootGroups.0.subGroups.0.schedulingWeight: it is for sub-groups of a group whose schedulingPolicy is weighted_fair',
    'rootGroups.0.subGroups.0.schedulingPolicy: it is query_priority, as that of the group above it',
    'rootGroups.1.name: there is another group a beside it',
    'rootGroups.1.schedulingWeight: it is for sub-groups of a group whose schedulingPolicy is weighted_fair',
    'selectors.0.user: Malformed regular expression',
    `selectors.1.group: no group b.\${tool}.\${other} is declared`,
    'selectors.1.group: no expression of the selector has a group named other',
    'selectors.2.group: queries run in sub-groups of a, not in it',
    'selectors.3.group: no group a.x.y is declared',
    'selectors.4.userGroup: Malformed regular expression',
  ])
})
