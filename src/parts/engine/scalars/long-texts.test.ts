// Texts that make a search or a pattern go over the same letters again and again: one row ends soon.
import { expect, it } from 'vitest'
import { OURS } from '#parts/engine/functions'

const N = 100_000
const a = 'a'.repeat(N)

it.each<readonly [name: string, args: readonly unknown[]]>([
  ['trino_strpos', [a + a, `${a.slice(N / 2)}b${a.slice(N / 2)}`, 1n]],
  ['trino_entries', [a + a, `${a.slice(N / 2)}b${a.slice(N / 2)}`, '=']],
  ['trino_far_text', [`${'1'.repeat(N)}_`, 'double']],
  ['trino_far_text', [`0x${a}`, 'double']],
  ['trino_json_array_contains_bigint', [`[${'9'.repeat(80 * N)}]`, 1n]],
  ['trino_from_base32', [`${'='.repeat(N)}a`]],
  ['trino_url_path', [`//${a}##`]],
  ['trino_url_port', [`http://a:${'8'.repeat(20 * N)}/`]],
  ['trino_read_moment', [`2024-01-01 ${' '.repeat(N)}\nx\ny`, 3, 'UTC']],
  ['trino_read_zoned_time', [`1:1${' '.repeat(N)}x`, 3, 0]],
  ['trino_regexp_replace', [a, '(?=a)a', 'b'.repeat(N)]],
  ['trino_regexp_replace', [a, '(?=a)a', '$0'.repeat(N)]],
])('in %s', (name, args) => {
  const scalar = OURS.find((one) => one.name === name)
  const call = scalar?.of as unknown as (...args: readonly unknown[]) => unknown
  scalar?.begin?.()
  const begin = process.threadCpuUsage()
  let ended: unknown
  try {
    ended = call(...args) ?? 'null'
  } catch (error) {
    ended = error
  }
  expect(ended).toBeDefined()
  expect(process.threadCpuUsage(begin).user).toBeLessThan(2_000_000)
})

it('JSON holds a whole number as it is written', () => {
  const holds = OURS.find(({ name }) => name === 'trino_json_array_contains_bigint')?.of as unknown as (json: string, n: bigint) => boolean
  expect([holds('[-0]', 0n), holds('[1, -12]', -12n), holds('[12]', 1n), holds('["1", 1.0]', 1n)]).toEqual([true, true, false, false])
})
