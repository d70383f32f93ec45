// Headers of the client protocol, as drivers encode them.
import { expect, it } from 'vitest'
import { parseClientHeaders, printSessionUpdates } from '#wire/trino/headers'

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
