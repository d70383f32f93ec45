// How a persona and a table stand in an address. Pure.
import type { Persona } from '#wire/governance'

export const personaText = (persona: Persona): string => ('user' in persona ? `user:${persona.user}` : `role:${persona.role}`)

export function personaOf(text: string | undefined): Persona | undefined {
  const [, kind, name] = /^(user|role):(.+)$/s.exec(text ?? '') ?? []
  if (name === undefined) return undefined
  return kind === 'user' ? { user: name } : { role: name }
}

export const nameOf = (persona: Persona): string => ('user' in persona ? persona.user : persona.role)

/** Names may hold any letter: each is escaped. */
export const tableText = (path: readonly string[]): string => path.map(encodeURIComponent).join('/')

export function tableOf(text: string | undefined): readonly [string, string, string] | undefined {
  const parts = text?.split('/') ?? []
  if (parts.length !== 3) return undefined
  try {
    return parts.map(decodeURIComponent) as [string, string, string]
  } catch {
    return undefined
  }
}
