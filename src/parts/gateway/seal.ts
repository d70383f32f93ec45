// Sealing with the edge's session key: AES-256-GCM (JWE `dir`), one derived key for each purpose.
import { hkdfSync } from 'node:crypto'
import { CompactEncrypt, compactDecrypt, EncryptJWT, jwtDecrypt } from 'jose'
import type { Secret } from '#kit/secret'

export type Purpose = 'tokens' | 'login'

function keyFor(secret: Secret, purpose: Purpose): Uint8Array {
  return new Uint8Array(hkdfSync('sha256', secret.reveal(), '', `akko edge ${purpose}`, 32))
}

export interface Sealer {
  /** Bound to `context`: what is sealed for one row does not open for another. */
  seal(value: unknown, context: string): Promise<string>
  open<T>(sealed: string, context: string): Promise<T>
}

export function createSealer(secret: Secret): Sealer {
  const key = keyFor(secret, 'tokens')
  return {
    seal: (value, context) =>
      new CompactEncrypt(new TextEncoder().encode(JSON.stringify(value)))
        .setProtectedHeader({ alg: 'dir', enc: 'A256GCM', ctx: context })
        .encrypt(key),
    open: async <T>(sealed: string, context: string) => {
      const { plaintext, protectedHeader } = await compactDecrypt(sealed, key, {
        keyManagementAlgorithms: ['dir'],
        contentEncryptionAlgorithms: ['A256GCM'],
      })
      if (protectedHeader.ctx !== context) throw new Error('sealed for another row')
      return JSON.parse(new TextDecoder().decode(plaintext)) as T
    },
  }
}

export interface LoginSealer<T extends Record<string, unknown>> {
  seal(value: T): Promise<string>
  /** Undefined when it is not ours, was changed, or is too old. */
  open(sealed: string): Promise<T | undefined>
}

/** For short-lived values that the browser keeps; `lifetime` in seconds. */
export function createLoginSealer<T extends Record<string, unknown>>(secret: Secret, lifetime: number): LoginSealer<T> {
  const key = keyFor(secret, 'login')
  return {
    seal: (value) =>
      new EncryptJWT(value).setProtectedHeader({ alg: 'dir', enc: 'A256GCM' }).setExpirationTime(`${lifetime}s`).encrypt(key),
    open: async (sealed) => {
      try {
        const { payload } = await jwtDecrypt<T>(sealed, key, { keyManagementAlgorithms: ['dir'], contentEncryptionAlgorithms: ['A256GCM'] })
        return payload
      } catch {
        return undefined
      }
    },
  }
}
