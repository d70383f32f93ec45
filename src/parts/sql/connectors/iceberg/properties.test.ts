// How a table is to be kept, as its properties say it: what says "keep" removes nothing, however it is written.
import { describe, expect, it } from 'vitest'
import { assertCollectable, expiryOf } from '#parts/sql/connectors/iceberg/expire'
import { isOff, numberProperty } from '#parts/sql/connectors/iceberg/properties'
import { maintenanceKind } from '#parts/sql/connectors/iceberg/upkeep'
import { emptyMetadata } from '#wire/iceberg/metadata'
import type { Snapshot, TableMetadata } from '#wire/iceberg/types'

const FOR_EVER = '9223372036854775807'
const DAY = 86_400_000
const snapshot = (id: number, days: number): Snapshot => ({
  'snapshot-id': id,
  ...(id > 1 ? { 'parent-snapshot-id': id - 1 } : {}),
  'sequence-number': id,
  'timestamp-ms': Date.now() - days * DAY,
  'manifest-list': `s3://lake/t/metadata/${id}.avro`,
  'schema-id': 0,
})
/** Three snapshots, the oldest of a hundred days. */
const table = (properties: Record<string, string>): TableMetadata => ({
  ...emptyMetadata({ uuid: 'u', location: 's3://lake/t', now: Date.now() }),
  properties,
  snapshots: [snapshot(1, 100), snapshot(2, 50), snapshot(3, 20)],
  'current-snapshot-id': 3,
  refs: { main: { 'snapshot-id': 3, type: 'branch' }, old: { 'snapshot-id': 1, type: 'tag' } },
})
const expired = (properties: Record<string, string>) => {
  const { snapshots, refs } = expiryOf(table(properties), Date.now(), Date.now(), new Set())
  return [...refs, ...snapshots.map((s) => s['snapshot-id'])]
}

describe('a number', () => {
  it('may be as large as any of Java', () => {
    expect(numberProperty(table({ n: FOR_EVER }), 'n', 1)).toBe(2 ** 63)
    expect(numberProperty(table({ n: '+12' }), 'n', 1)).toBe(12)
    expect(numberProperty(table({}), 'n', 1)).toBe(1)
    expect(expired({})).toEqual([2])
    expect(expired({ 'history.expire.min-snapshots-to-keep': FOR_EVER })).toEqual([])
    expect(expired({ 'history.expire.max-ref-age-ms': FOR_EVER })).toEqual([2])
    expect(expired({ 'history.expire.max-ref-age-ms': String(90 * DAY) })).toEqual(['old', 1, 2])
  })

  it.each(['0', '-1', '', ' 5', '1e3', '0x10', '7 days', '5.0', '9223372036854775808'])(
    'that is none is refused by its name: %j',
    (text) => {
      for (const name of ['history.expire.min-snapshots-to-keep', 'history.expire.max-ref-age-ms'])
        expect(() => expired({ [name]: text })).toThrow(name)
    },
  )

  it('of the age of snapshots is what a table is due for', async () => {
    const due = async (age: string) => {
      const metadata = { ...table({ 'history.expire.max-snapshot-age-ms': age, 'akko.maintenance.enabled': 'true' }), 'format-version': 1 }
      const files = { list: async function* () {} }
      const state = { metadata, metadataFile: undefined, files, keepMs: DAY } as unknown as Parameters<
        ReturnType<typeof maintenanceKind>['rows']
      >[0]
      return maintenanceKind().rows(state, ['call'])
    }
    expect(await due(FOR_EVER)).toEqual([])
    await expect(due('never')).rejects.toThrow('history.expire.max-snapshot-age-ms')
  })
})

describe('a switch', () => {
  it.each(['false', 'FALSE', 'no', '0', '', 'true '])('is off where it is not true: %j', (text) => {
    expect(isOff(table({ s: text }), 's')).toBe(true)
    expect(() => assertCollectable(table({ 'gc.enabled': text }), 'expire snapshots')).toThrow('GC is disabled')
  })

  it('is on by itself, and where it is true', () => {
    expect([isOff(table({}), 's'), isOff(table({ s: 'True' }), 's')]).toEqual([false, false])
  })
})
