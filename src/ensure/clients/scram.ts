// SCRAM-SHA-256 verifiers as PostgreSQL keeps them (RFC 5803): made here, so that no plain password is ever sent or logged.
import { createHash, createHmac, pbkdf2, randomBytes, timingSafeEqual } from 'node:crypto'
import { promisify } from 'node:util'
import type { Secret } from '#kit/secret'

const ITERATIONS = 4096
const derive = promisify(pbkdf2)

/** `SCRAM-SHA-256$4096:<salt>$<StoredKey>:<ServerKey>`, for CREATE ROLE ... PASSWORD. */
export async function scramVerifier(password: Secret): Promise<string> {
  return print(password, randomBytes(16), ITERATIONS)
}

/** Whether this password opens the verifier; false for any other form of verifier. */
export async function scramMatches(password: Secret, verifier: string | null): Promise<boolean> {
  const match = /^SCRAM-SHA-256\$(\d+):([A-Za-z0-9+/=]+)\$/.exec(verifier ?? '')
  if (!match?.[1] || !match[2] || !verifier) return false
  const expected = Buffer.from(await print(password, Buffer.from(match[2], 'base64'), Number(match[1])))
  const found = Buffer.from(verifier)
  return expected.length === found.length && timingSafeEqual(expected, found)
}

async function print(password: Secret, salt: Buffer, iterations: number): Promise<string> {
  const salted = await derive(password.reveal(), salt, iterations, 32, 'sha256')
  const hmac = (text: string) => createHmac('sha256', salted).update(text).digest()
  const stored = createHash('sha256').update(hmac('Client Key')).digest('base64')
  return `SCRAM-SHA-256$${iterations}:${salt.toString('base64')}$${stored}:${hmac('Server Key').toString('base64')}`
}
