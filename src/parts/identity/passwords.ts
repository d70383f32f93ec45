// Passwords: Argon2id hashes, and a check that takes as long for an unknown user as for a known one.
import { hash, verify } from '@node-rs/argon2'

/** OWASP's minimum: 19 MiB, two passes, one lane; about 15 ms. */
const COST = { memoryCost: 19_456, timeCost: 2, parallelism: 1 }

let decoy: Promise<string> | undefined

export function hashPassword(password: string): Promise<string> {
  return hash(password, COST)
}

/** False without a hash, after the same work. */
export async function checkPassword(password: string, expected: string | undefined): Promise<boolean> {
  decoy ??= hashPassword('nobody has this password')
  const matches = await verify(expected ?? (await decoy), password)
  return matches && expected !== undefined
}
