// What a part's composition in cells/<cell>/<part>.ts is: a function from its cell to the part.
import type { Part } from '#kit/part'
import type { Programs } from '#kit/programs'
import type { SecretStore } from '#kit/secret'
import type { Machine } from '#runtime/machine'

/** Makes the part, once its needs are healthy; called again after a failure. */
export type Compose = (cell: CellContext) => Promise<Part>

/** A thing that one part of a process hands to the others of it. */
export interface Slot<T> {
  readonly name: string
  /** Only for the type. */
  readonly holds?: T
}

export function slot<T>(name: string): Slot<T> {
  return { name }
}

/** What all parts of one process share. */
export interface CellContext {
  readonly machine: Machine
  readonly secrets: SecretStore
  /** Where a part of the process declares programs. */
  readonly programs?: Programs
  hand<T>(slot: Slot<T>, value: T): void
  /** What was handed last; a part that takes names the one that hands in its needs. */
  take<T>(slot: Slot<T>): T
  /** Made by whoever asks first. */
  once<T>(slot: Slot<Promise<T>>, make: () => Promise<T>): Promise<T>
  /** Called when the process ends, after its parts. */
  atEnd(close: () => Promise<void>): void
}

export function createCellContext(machine: Machine, secrets: SecretStore, programs?: Programs): CellContext & { end(): Promise<void> } {
  const closers: (() => Promise<void>)[] = []
  const held = new Map<string, unknown>()
  const hand: CellContext['hand'] = ({ name }, value) => void held.set(name, value)
  return {
    machine,
    secrets,
    ...(programs ? { programs } : {}),
    hand,
    atEnd: (close) => void closers.push(close),
    end: async () => void (await Promise.allSettled(closers.splice(0).map((close) => close()))),
    take: <T>({ name }: Slot<T>) => {
      if (!held.has(name)) throw new Error(`no part of this process has handed over ${name}`)
      return held.get(name) as T
    },
    once: <T>(slot: Slot<Promise<T>>, make: () => Promise<T>) => {
      if (!held.has(slot.name)) hand(slot, make())
      return held.get(slot.name) as Promise<T>
    },
  }
}
