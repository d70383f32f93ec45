import { expect, it } from 'vitest'
import { seen } from '#wire/governance'
import { toGovernanceSearch } from '~/features/governance/search'
import { personaOf, personaText, tableOf, tableText } from '~/features/governance/words'

const all = { reads: true, writes: false, part: false, hidden: 0, masked: 0, filters: 0 }

it('says all that is kept from somebody, and clear only of what is', () => {
  expect(seen(all)).toEqual(['clear'])
  expect(seen({ ...all, reads: false, masked: 2 })).toEqual(['no right'])
  expect(seen({ ...all, part: true, hidden: 3, masked: 2, filters: 1 })).toEqual(['part: 3 hidden', '2 masked', 'rows filtered'])
  expect(seen({ ...all, part: true })).toEqual(['part'])
})

it('finds personas and tables again that it wrote into an address', () => {
  for (const persona of [{ user: 'role:a' }, { role: 'a/b' }]) expect(personaOf(personaText(persona))).toEqual(persona)
  expect([personaOf('kim'), personaOf('user:'), personaOf(undefined)]).toEqual([undefined, undefined, undefined])
  const path = ['iceberg', 'a/b.c', '100%'] as const
  expect(tableOf(tableText(path))).toEqual(path)
  expect([tableOf('a/b'), tableOf('a/b/%'), tableOf(undefined)]).toEqual([undefined, undefined, undefined])
})

it('takes from an address what it knows', () => {
  expect(toGovernanceSearch({ tab: 'people', from: 50, find: 7, by: 'x', other: 1, revision: -1 })).toEqual({
    tab: 'people',
    from: 50,
    find: '7',
  })
  expect(toGovernanceSearch({ tab: 'constructor', from: 'x' })).toEqual({})
})
