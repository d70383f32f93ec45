// Headers of the client protocol, as drivers encode them.
import { expect, it } from 'vitest'
import { malformedHeader, parseClientHeaders, printClientHeaders, printSessionUpdates, updateSession } from '#wire/trino/headers'

it('reads what clients send', () => {
  const client = parseClientHeaders({
    'x-trino-user': 'anna',
    'x-trino-catalog': 'ice%20berg',
    'x-trino-session': 'a=1,b=x%2Cy',
    'x-trino-prepared-statement': 'p=SELECT+%3F+%2B+1',
    'x-trino-client-tags': 'one, two',
    'x-trino-client-capabilities': 'PARAMETRIC_DATETIME',
    'x-trino-transaction-id': 'NONE',
  })
  expect(client).toMatchObject({
    user: 'anna',
    catalog: 'ice berg',
    session: { a: '1', b: 'x,y' },
    prepared: { p: 'SELECT ? + 1' },
    clientTags: ['one', 'two'],
    transactionId: undefined,
  })
  expect(client.capabilities.has('PARAMETRIC_DATETIME')).toBe(true)
})

it('tells clients what to remember', () => {
  expect(
    printSessionUpdates({
      schema: 's',
      setSession: { a: 'x y' },
      clearSession: ['b'],
      addedPrepare: { p: 'SELECT 1' },
      clearTransaction: true,
    }),
  ).toEqual({
    'X-Trino-Set-Schema': 's',
    'X-Trino-Set-Session': ['a=x+y'],
    'X-Trino-Clear-Session': ['b'],
    'X-Trino-Added-Prepare': ['p=SELECT+1'],
    'X-Trino-Clear-Transaction-Id': 'true',
  })
})

it('prints what it reads', () => {
  const client = {
    user: 'anna',
    source: 'judge',
    catalog: 'a+b %',
    schema: 'bücher',
    timeZone: 'Europe/Berlin',
    clientTags: ['one', 'two'],
    capabilities: new Set(['PARAMETRIC_DATETIME']),
    session: { 'iceberg.a': 'x,y=z' },
    prepared: { p: "SELECT ',' || ?" },
    transactionId: 't1',
  }
  const printed = printClientHeaders(client)
  expect(Object.values(printed).filter((value) => /[^ -~]/.test(value))).toEqual([])
  expect(parseClientHeaders(printed)).toMatchObject(client)
  expect(printClientHeaders({ user: 'anna', schema: undefined, session: {} })).toEqual({ 'x-trino-user': 'anna' })
})

it('remembers what a server tells clients to', () => {
  const after = (state: Parameters<typeof updateSession>[0], updates: Parameters<typeof printSessionUpdates>[0]) => {
    const headers = new Headers()
    for (const [name, value] of Object.entries(printSessionUpdates(updates))) for (const one of [value].flat()) headers.append(name, one)
    return updateSession(state, headers)
  }
  const one = after({ catalog: 'c' }, { schema: 'ä b', setSession: { a: '1', b: 'x, y' }, addedPrepare: { p: 'SELECT 1', q: 'SELECT 2' } })
  expect(one).toEqual({ catalog: 'c', schema: 'ä b', session: { a: '1', b: 'x, y' }, prepared: { p: 'SELECT 1', q: 'SELECT 2' } })
  const two = after(one, { clearSession: ['a'], deallocatedPrepare: ['p'], startedTransaction: 't' })
  expect(two).toMatchObject({ session: { b: 'x, y' }, prepared: { q: 'SELECT 2' }, transactionId: 't' })
  expect(two.session).not.toHaveProperty('a')
  expect(after(two, { clearTransaction: true }).transactionId).toBeUndefined()
  expect(after(two, {})).toBe(two)
})

it.each([
  ['a', true],
  ['=a', true],
  ['a=b=c', true],
  ['.a=1', true],
  ['a.=1', true],
  ['a=%zz', true],
  ['a=', false],
  ['a.b.c=1', false],
  ['a%20b=1', false],
  [' , ', false],
  ['a = 1h,,', false],
])('refuses what Trino 476 refuses with 400: X-Trino-Session: %s (%s)', (session, isMalformed) => {
  expect(malformedHeader({ 'x-trino-session': session })).toBe(isMalformed ? 'X-Trino-Session' : undefined)
})

it.each(['a', 'a=b=c', 'p=%zz'])('refuses X-Trino-Prepared-Statement: %s', (prepared) => {
  expect(malformedHeader({ 'x-trino-prepared-statement': prepared })).toBe('X-Trino-Prepared-Statement')
})
