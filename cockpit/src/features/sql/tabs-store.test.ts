import { expect, it, vi } from 'vitest'
import { createTabs, parseTabs, tabTitle } from '~/features/sql/tabs-store'

function memory(): Pick<Storage, 'getItem' | 'setItem'> {
  const kept = new Map<string, string>()
  return { getItem: (k) => kept.get(k) ?? null, setItem: (k, v) => void kept.set(k, v) }
}

it('survives a reload, per user', () => {
  vi.useFakeTimers()
  const storage = memory()
  const tabs = createTabs(storage, 'ada')
  tabs.change(tabs.active().id, { text: 'SELECT 1' })
  tabs.open('SELECT 2', { catalog: 'banking' })
  vi.runAllTimers()
  vi.useRealTimers()
  expect(createTabs(storage, 'ada').get()).toEqual(tabs.get())
  expect(createTabs(storage, 'bob').active().text).toBe('')
})

it('opens a statement once and closes to the neighbour', () => {
  const tabs = createTabs(memory(), 'ada')
  const a = tabs.open('SELECT 1')
  const b = tabs.open('SELECT 2')
  expect(tabs.open(' SELECT 1 ').id).toBe(a.id)
  expect(tabs.get().tabs).toHaveLength(2)
  tabs.step(1)
  expect(tabs.active().id).toBe(b.id)
  tabs.close(b.id)
  expect(tabs.active().id).toBe(a.id)
  tabs.close(a.id)
  expect(tabs.get().tabs).toHaveLength(1)
  expect(tabTitle(tabs.active())).toBe('New query')
})

it('starts anew from what it cannot read', () => {
  expect([parseTabs('{'), parseTabs('{"tabs":[{"id":1}]}'), parseTabs(null)]).toEqual([undefined, undefined, undefined])
})
