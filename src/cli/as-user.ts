// As whom a command works: one rule for all of them.
import { decodeJwt } from 'jose'
import type { Flags } from '#cli/flags'
import type { Machine } from '#runtime/machine'
import { createFileSecretStore } from '#runtime/secrets'
import { defaultUser, loginToken, ownerToken, type Token } from '#runtime/tokens'

/** `--user`, else `AKKO_USER`, which `akko env` sets. */
export function askedUser(flags: Flags, environment: NodeJS.ProcessEnv = process.env): string | undefined {
  return (typeof flags.user === 'string' ? flags.user : environment.AKKO_USER) || undefined
}

/** Who was asked for, else who logged in with `akko login`, else the home's administrator. */
export async function tokenFor(machine: Machine, flags: Flags): Promise<Token> {
  const asked = askedUser(flags)
  const kept = asked === undefined ? loginToken(machine) : undefined
  return kept ?? ownerToken(machine, createFileSecretStore(machine.paths.secrets), asked ?? defaultUser(machine))
}

/** The realm's, as they are now: an administrator may have taken declared ones away. */
export function rolesIn({ accessToken }: Token): readonly string[] {
  return decodeJwt<{ readonly realm_access?: { readonly roles?: readonly string[] } }>(accessToken).realm_access?.roles ?? []
}
