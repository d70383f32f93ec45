// Codes of authenticator apps: TOTP (RFC 6238) as every app has it and Keycloak's default is: SHA-1, six digits, 30 seconds.
import { Secret, TOTP } from 'otpauth'
import { encode } from 'uqr'

/** Bytes: RFC 4226 recommends the length of the hash. */
const SECRET_BYTES = 20
/** Steps before and after that of now: clocks differ. */
const WINDOW = 1

const totp = (secret: Secret, issuer = '', label = '') => new TOTP({ issuer, label, secret, algorithm: 'SHA1', digits: 6, period: 30 })
const secretOf = (bytes: Uint8Array) => new Secret({ buffer: Uint8Array.from(bytes).buffer })

/** Base32, as it is typed into an app. */
export const newTotpSecret = (): string => new Secret({ size: SECRET_BYTES }).base32

export const totpBytes = (base32: string): Uint8Array => Secret.fromBase32(base32).bytes

/** The step of the code; undefined when it is of none near now. */
export function stepOfCode(secret: Uint8Array, code: string, now = Date.now()): number | undefined {
  const digits = code.replaceAll(' ', '')
  if (!/^\d{6}$/.test(digits)) return undefined
  const app = totp(secretOf(secret))
  const delta = app.validate({ token: digits, timestamp: now, window: WINDOW })
  return delta === null ? undefined : app.counter({ timestamp: now }) + delta
}

/** What an app reads from the picture. */
export const totpUri = (base32: string, issuer: string, username: string): string =>
  totp(Secret.fromBase32(base32), issuer, username).toString()

/** A QR code as the path of an SVG whose units are its modules, with the quiet zone that ISO/IEC 18004 asks for. */
export function qrPath(text: string): { readonly size: number; readonly path: string } {
  const { size, data } = encode(text, { ecc: 'M', border: 4 })
  const path = data.flatMap((row, y) => row.flatMap((dark, x) => (dark ? [`M${x} ${y}h1v1h-1z`] : []))).join('')
  return { size, path }
}
