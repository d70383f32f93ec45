import { describe, expect, it } from 'vitest'
import { WEB } from '#parts/engine/scalars/web'

const call = (name: string, ...args: string[]) =>
  (WEB.find((s) => s.name === `trino_url_${name}`)?.of as ((...a: string[]) => unknown) | undefined)?.(...args)

describe('a URL', () => {
  it.each([
    ['http://a.b:80/c%20d?e=f&g#h', ['http', 'a.b', 80n, '/c d', 'e=f&g', 'h']],
    ['/only/path', ['', '', undefined, '/only/path', '', '']],
    ['http://under_score.c:80/', ['http', '', undefined, '/', '', '']],
    ['https://u:p@h.example', ['https', 'h.example', undefined, '', '', '']],
    ['http://a b/', [undefined, undefined, undefined, undefined, undefined, undefined]],
    ['1a:b', [undefined, undefined, undefined, undefined, undefined, undefined]],
  ] as [string, unknown[]][])('%s has its parts', (url, parts) => {
    expect(['protocol', 'host', 'port', 'path', 'query', 'fragment'].map((name) => call(name, url))).toEqual(parts)
  })

  it.each(['mailto:a@b', 'http://[::1]/'])('%s is refused by name', (url) => {
    expect(() => call('host', url)).toThrow('not served')
  })

  it('gives the first parameter of a name', () => {
    expect(call('parameter', 'http://a/?x=1+2&y&x=3', 'x')).toBe('1 2')
    expect(call('parameter', 'http://a/?x=1&y', 'y')).toBe('')
    expect(call('parameter', 'http://a/?x=1', 'z')).toBeUndefined()
  })
})
