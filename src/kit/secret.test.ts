import { inspect } from 'node:util'
import { pino } from 'pino'
import { describe, expect, it } from 'vitest'
import { defineError } from '#kit/errors'
import { randomSecret, Secret } from '#kit/secret'

describe('a secret', () => {
  const secret = new Secret('hunter2')
  it('prints as *** in text, JSON, inspection, errors and logs', () => {
    const lines: string[] = []
    pino({}, { write: (line: string) => lines.push(line) }).info({ secret, nested: { secret } }, `it is ${secret}`)
    const Wrong = defineError('x', 400, 'wrong: {value}')
    const printed = [
      `${secret}`,
      JSON.stringify({ secret }),
      inspect({ secret }, { showHidden: true, depth: 9 }),
      Wrong({ value: String(secret) }).message,
      ...lines,
    ]
    for (const text of printed) {
      expect(text).not.toContain('hunter2')
      expect(text).toContain('***')
    }
  })
  it('is revealed on purpose, and compared in constant time', () => {
    expect(secret.reveal()).toBe('hunter2')
    expect([secret.matches('hunter2'), secret.matches('hunter3'), secret.matches('')]).toEqual([true, false, false])
  })
  it('is random when new', () => {
    expect(randomSecret().reveal()).toMatch(/^[\w-]{43}$/)
    expect(randomSecret().reveal()).not.toBe(randomSecret().reveal())
  })
})
