// Whoever reaches a port and says nothing: what a stranger without an account can do to a server.
import { connect, type Socket } from 'node:net'

export interface Silent {
  /** How many were cut and came again. */
  readonly again: number
  release(): void
}

/** Keeps so many connections open: one that the server cuts is made anew at once. */
export async function holdSilently(door: { readonly host: string; readonly port: number }, count: number): Promise<Silent> {
  const held = new Set<Socket>()
  let again = 0
  let isOver = false
  const open = () =>
    new Promise<void>((resolve) => {
      const socket = connect(door, resolve)
      held.add(socket)
      socket.on('error', () => {})
      socket.on('close', () => {
        held.delete(socket)
        resolve()
        if (isOver) return
        again++
        void open()
      })
    })
  await Promise.all(Array.from({ length: count }, open))
  return {
    get again() {
      return again
    },
    release: () => {
      isOver = true
      for (const socket of held) socket.destroy()
    },
  }
}
