// Keycloak's own admin clients, for Node and for Python, get what the real Keycloak gave them, or are told by name what is not served.
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { ADMIN, startTestIdentity, type TestIdentity } from '#parts/identity/test-identity'
import { type Answers, answers } from '#test/realm-judge/answers'
import { askAll } from '#test/realm-judge/ask'
import { CALLS, CLIENT_NAMES } from '#test/realm-judge/calls'
import { difference, plain, refusal, verdict } from '#test/realm-judge/compare'

/** Plain once more: what is left out may have grown since they were recorded. */
const recorded = answers()
const theirs: Answers = { node: recorded.node.map(plain), python: recorded.python.map(plain) }
let identity: TestIdentity
let ours: Answers

beforeAll(async () => {
  identity = await startTestIdentity({ lifetimes: { adminToken: 600 } })
  const { node, python } = await askAll({ url: identity.base, ...ADMIN })
  ours = { node: node.map(plain), python: python.map(plain) }
}, 600_000)
afterAll(() => identity?.stop())

it('Keycloak was asked all that is asked here', () => {
  expect(theirs.node.map(({ call }) => call)).toEqual(Object.keys(CALLS))
  expect(ours.python.map(({ call }) => call)).toEqual(theirs.python.map(({ call }) => call))
})

describe.each(CLIENT_NAMES)('the client for %s', (name) => {
  it.each(theirs[name].map((asked) => [asked.call, asked] as const))('%s', (call, wanted) => {
    const got = ours[name].find((asked) => asked.call === call)
    if (!got) expect.fail(`${call} was not asked`)
    expect(verdict(wanted, got), difference(wanted, got)).not.toBe('different')
  })

  it('is counted', () => {
    const judged = theirs[name].map((asked, i) => [asked, ours[name][i] as typeof asked] as const)
    const of = (which: string) => judged.filter(([wanted, got]) => verdict(wanted, got) === which)
    const refused = of('refused').map(([wanted, got]) => `  ${wanted.call}: ${refusal(got)}`)
    process.stdout.write(
      `${name}: ${judged.length} calls, ${of('equal').length} equal, ${refused.length} refused by name, ${of('different').length} different\n`,
    )
    process.stdout.write(`${refused.join('\n')}\n`)
    expect(judged.length).toBeGreaterThanOrEqual(55)
  })
})
