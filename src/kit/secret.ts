// A secret is a type: it prints as *** wherever it is printed, logged, thrown or serialised.
import { randomBytes, timingSafeEqual } from 'node:crypto'
import { inspect } from 'node:util'

const MASK = '***'

export class Secret {
  readonly #value: string
  constructor(value: string) {
    this.#value = value
  }
  /** The plain text. Call it where it is handed to the protocol, nowhere else. */
  reveal(): string {
    return this.#value
  }
  /** Constant-time comparison with a candidate. */
  matches(candidate: string): boolean {
    const a = Buffer.from(this.#value)
    const b = Buffer.from(candidate)
    return a.length === b.length && timingSafeEqual(a, b)
  }
  toString(): string {
    return MASK
  }
  toJSON(): string {
    return MASK
  }
  [inspect.custom](): string {
    return MASK
  }
}

/** A new random secret, URL-safe; 32 bytes give 43 characters. */
export function randomSecret(bytes = 32): Secret {
  return new Secret(randomBytes(bytes).toString('base64url'))
}

/** Named secrets of one installation. The file store is in runtime; the cluster's is Kubernetes Secrets. */
export interface SecretStore {
  get(name: string): Promise<Secret | undefined>
  /** Durable (synced) before it resolves. */
  put(name: string, value: Secret): Promise<void>
}
