// Flag > env > file > default, each with its origin; all problems together.
import { describe, expect, it } from 'vitest'
import { nearest } from '#kit/nearest'
import { ConfigInvalid, configLeaves, envName, resolveConfig } from '#platform/config'
import { sqlSettings } from '#platform/services/sql'

const at = (text: string) => ({ path: 'config.yaml', text })

describe('configuration', () => {
  it('takes flag before env before file before default, and says which', () => {
    const file = at('sql:\n  memoryMb: 300\n  spillGb: 5\nportOffset: 1\n')
    const { config, origins } = resolveConfig({
      file,
      env: { AKKO_SQL_MEMORY_MB: '400', AKKO_PORT_OFFSET: '2' },
      flags: { portOffset: { value: 3, flag: '--port-offset' } },
    })
    const { memoryMb, spillGb } = sqlSettings.of(config)
    expect([config.portOffset, memoryMb, spillGb, config.logs.files]).toEqual([3, 400, 5, 5])
    const from = Object.fromEntries(origins.map((o) => [o.path, o.origin]))
    expect([from.portOffset, from['sql.memoryMb'], from['sql.spillGb'], from['logs.files']]).toEqual([
      'flag',
      'env AKKO_SQL_MEMORY_MB',
      'file',
      'default',
    ])
  })

  it('reports every problem at once, with the nearest valid key', () => {
    try {
      resolveConfig({ file: at('sql:\n  memoryMB: 300\n  spillGb: 0\ndeno: true\n'), env: {}, flags: {} })
      expect.unreachable()
    } catch (error) {
      expect(ConfigInvalid.is(error)).toBe(true)
      expect((error as Error).message).toMatch(/3 problem/)
      expect((error as Error).message).toContain('sql.memoryMB: unknown key; the nearest valid one is sql.memoryMb')
      expect((error as Error).message).toContain('deno: unknown key; the nearest valid one is demo')
    }
  })

  it('says only that a key is unknown where none is near', () => {
    expect(() => resolveConfig({ file: at('colour: red\n'), env: {}, flags: {} })).toThrow(/colour: unknown key(?!; the nearest)/)
  })

  it('names the flag, the variable or the file that a problem came from, and no other', () => {
    const problems = (flags: Parameters<typeof resolveConfig>[0]['flags'], env: Record<string, string> = {}, file = at('')) => {
      try {
        resolveConfig({ file, env, flags })
        return expect.unreachable()
      } catch (error) {
        const { message, hint } = error as Error & { hint: string }
        return { message, hint }
      }
    }
    const set = (key: string, value: unknown) => ({ [key]: { value, flag: `--set ${key}` } })
    expect(problems(set('foo', '1'))).toEqual({
      message: expect.stringMatching(/foo: unknown key \(--set foo\)$/),
      hint: 'correct --set foo, or see `akko config`',
    })
    expect(problems(set('sql.memoryMB', '1')).message).toMatch(
      /sql\.memoryMB: unknown key; the nearest valid one is sql\.memoryMb \(--set sql\.memoryMB\)/,
    )
    expect(problems({ portOffset: { value: -1, flag: '--port-offset' } }).hint).toContain('correct --port-offset,')
    expect(problems({}, { AKKO_SQL_MEMORY_MB: 'much' }).hint).toContain('correct AKKO_SQL_MEMORY_MB,')
    expect(problems(set('foo', '1'), {}, at('bar: 1')).hint).toMatch(/^correct (config\.yaml and --set foo|--set foo and config\.yaml),/)
  })

  it.each(['__proto__.demo', '__proto__', 'constructor.prototype.demo', 'sql.__proto__.memoryMb', 'demo.__proto__.demo'])(
    'refuses %s, and leaves what every object inherits alone',
    (key) => {
      const before = [Object.prototype, Object, Boolean.prototype].map((o) => Object.getOwnPropertyNames(o))
      const set = { [key]: { value: 'true', flag: `--set ${key}` } }
      expect(() => resolveConfig({ file: undefined, env: {}, flags: set })).toThrow(/1 problem\(s\) in the configuration/)
      expect(() => resolveConfig({ file: at('sql: {}\n'), env: {}, flags: set })).toThrow(/1 problem\(s\) in the configuration/)
      expect(([] as { demo?: unknown }).demo).toBeUndefined()
      expect([Object.prototype, Object, Boolean.prototype].map((o) => Object.getOwnPropertyNames(o))).toEqual(before)
      expect(resolveConfig({ file: undefined, env: {}, flags: {} }).config.demo).toBe(false)
    },
  )

  it('refuses __proto__ as a key of the file', () => {
    expect(() => resolveConfig({ file: at('__proto__:\n  demo: true\n'), env: {}, flags: {} })).toThrow(/__proto__: unknown key/)
    expect(() => resolveConfig({ file: at('sql:\n  __proto__: 1\n'), env: {}, flags: {} })).toThrow(/sql\.__proto__: unknown key/)
  })

  it.each([
    ['portOffset: 50001', 'portOffset: it is at most 50000'],
    ['audit: {days: 1}', /audit\.days: it is at least \d+/],
    ['portOffset: many', 'portOffset: it is a number'],
    ['portOffset: 1.5', 'portOffset: it is a whole number'],
    ['demo: 3', 'demo: it is true or false'],
    ['logs: 3', 'logs: it is a group of settings'],
    ['logs: {level: loud}', 'logs.level: it is one of debug, info, warn, error'],
    ['domain: A B', /domain: it does not match .*a-z0-9/],
  ])('says of %s what it may be', (text, told) => {
    expect(() => resolveConfig({ file: at(text), env: {}, flags: {} })).toThrow(told)
  })

  it('names the line of broken YAML', () => {
    expect(() => resolveConfig({ file: at('a: [1\nb: 2'), env: {}, flags: {} })).toThrow(/config\.yaml is not valid YAML: .*line/)
    expect(() => resolveConfig({ file: at('- 1'), env: {}, flags: {} })).toThrow(/not a mapping/)
  })

  it('has one environment name per setting', () => {
    const names = configLeaves().map(({ path }) => envName(path))
    expect(new Set(names).size).toBe(names.length)
    expect(names).toContain('AKKO_IDENTITY_ACCESS_TOKEN_MINUTES')
  })

  it('finds the nearest word', () => {
    expect(nearest('portOfset', ['demo', 'portOffset', 'domain'])).toBe('portOffset')
    expect(nearest('dmo', ['demo', 'portOffset', 'domain'])).toBe('demo')
  })

  it('finds none among words that only far ones are', () => {
    for (const far of ['zzz', 'colour', 'portNumber', 'x', ''])
      expect([far, nearest(far, ['demo', 'portOffset', 'domain'])]).toEqual([far, undefined])
  })
})
