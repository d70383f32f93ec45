import { expect, it } from 'vitest'
import { EngineFault, ExceededMemory, QueryFailed } from '#parts/engine/errors'
import { errorNameOf } from '#parts/sql/errors'
import { fromEngine } from '#parts/sql/query/run'
import { printRaised } from '#wire/engine/raised'

const failed = (text: string) => QueryFailed({ type: 'Invalid Input', text })

it('an error that we raise comes whole, whatever its text holds', () => {
  const text = `'instance' must be "this"\nor that`
  const error = fromEngine(failed(printRaised({ name: 'INVALID_FUNCTION_ARGUMENT', text })))
  expect([errorNameOf(error), error.message]).toEqual(['INVALID_FUNCTION_ARGUMENT', text])
})

it('of two texts the one with values is for who is shown all', () => {
  const raised = failed(printRaised({ name: 'INVALID_FUNCTION_ARGUMENT', text: 'no such group', detail: 'no group 1973' }))
  expect([false, true].map((guarded) => fromEngine(raised, guarded).message)).toEqual(['no group 1973', 'no such group'])
})

it.each([
  ['a failure inside', EngineFault({ text: 'INTERNAL Error: value 1973' }), /inside/],
  ['memory', ExceededMemory({ limit: '1 GB', text: "Could not convert string '1973 bad_alloc'" }), /memory/],
])('under a policy the engine’s text is withheld of %s', (_, error, said) => {
  expect(fromEngine(error).message).toContain('1973')
  const told = fromEngine(error, true)
  expect(errorNameOf(told)).toBe(errorNameOf(fromEngine(error)))
  expect(told.message).toMatch(said)
  expect(JSON.stringify([told.message, told.values, told.hint, String(told.cause)])).not.toContain('1973')
})
