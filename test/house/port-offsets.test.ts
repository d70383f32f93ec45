import { readFileSync } from 'node:fs'
import { expect, it } from 'vitest'
import { machineServices } from '#platform/registry'
import { claimOffset, releaseOffset } from '#test/support/port-offsets'

it('two platforms of tests never share a port, whichever offsets they have', () => {
  const ports = machineServices().flatMap(({ machine }) => Object.values(machine.ports))
  expect(ports.length).toBeGreaterThan(0)
  const offsets: number[] = []
  try {
    for (;;) offsets.push(claimOffset())
  } catch (error) {
    expect((error as Error).message).toContain('offsets of ports are taken')
  }
  for (const offset of offsets) releaseOffset(offset)
  expect(offsets.length).toBeGreaterThan(0)
  const all = offsets.flatMap((offset) => [...new Set(ports)].map((port) => port + offset))
  expect(new Set(all).size).toBe(all.length)
  expect(Math.max(...all)).toBeLessThan(32_768)
})

it('the offsets that the guide names lead to ports of their own, beside the default', () => {
  const offsets = [...readFileSync('docs/guide/one-machine.md', 'utf8').matchAll(/--port-offset (\d+)/g)].map(([, offset]) =>
    Number(offset),
  )
  expect(offsets.length).toBeGreaterThan(0)
  const ports = new Set(machineServices().flatMap(({ machine }) => Object.values(machine.ports)))
  const all = [0, ...new Set(offsets)].flatMap((offset) => [...ports].map((port) => port + offset))
  expect(all.filter((port, at) => all.indexOf(port) !== at)).toEqual([])
})
