// Words that every object knows are unknown words: in the lookup itself, and where people's words are looked up.
import { describe, expect, it } from 'vitest'
import { own } from '#kit/own'
import { mergeAttributes } from '#wire/oidc/keycloak'
import { parseClientHeaders } from '#wire/trino/headers'
import { makeType } from '#wire/trino/type'

const WORDS = ['constructor', '__proto__', 'toString', 'hasOwnProperty', 'valueOf']

describe('names that every object has', () => {
  it.each(WORDS)('%s is not in a table that does not name it', (word) => {
    expect(own({ a: 1 }, word)).toBeUndefined()
    expect(own(JSON.parse(`{"${word}": 1}`), word)).toBe(1)
  })
  it.each(WORDS)('%s is no type of SQL', (word) => {
    expect(makeType(word)).toBeUndefined()
    expect(makeType(word, [1])).toBeUndefined()
  })
  it.each(WORDS)('%s is a name like others for a session property and for an attribute of a client', (word) => {
    const { session } = parseClientHeaders({ 'x-trino-session': `${word}=1,other=2` })
    expect(Object.entries(session)).toEqual([
      [word, '1'],
      ['other', '2'],
    ])
    expect(Object.entries(mergeAttributes({}, JSON.parse(`{"${word}": "x"}`)))).toEqual([[word, 'x']])
  })
})
