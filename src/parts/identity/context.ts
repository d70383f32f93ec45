// What the handlers of this part share.
import type { JSONWebKeySet } from 'jose'
import type { Authoriser } from '#kit/access'
import type { Audit } from '#kit/audit'
import type { Log } from '#kit/log'
import type { EndedFeed } from '#parts/identity/ended-feed'
import type { Mailer } from '#parts/identity/mailer'
import type { Metrics } from '#parts/identity/metrics'
import type { PasswordPolicy } from '#parts/identity/password-policy'
import type { Store } from '#parts/identity/store/index'

/** Seconds. */
export interface Lifetimes {
  /** Access tokens of a client that says nothing else (attribute `access.token.lifespan`) in a realm that says nothing else. */
  readonly accessToken: number
  /** Tokens of the master realm's administrator. */
  readonly adminToken: number
  /** Tokens got for another user by token exchange. */
  readonly exchanged: number
  /** One sign-on of a browser, and the refresh tokens that hang on it. */
  readonly session: number
  /** Refresh tokens that outlive the session (scope offline_access). */
  readonly offline: number
  readonly authorizationCode: number
  readonly deviceCode: number
  /** How long a login page may stay open. */
  readonly login: number
}

export interface Brand {
  /** Product name on every page. */
  readonly name: string
  readonly tagline: string
}

export interface Context {
  /** Origin of the issuer, e.g. `https://localhost:8443`. */
  readonly origin: string
  /** All origins under which browsers see the pages; the issuer's first. */
  readonly origins: readonly string[]
  /** The realm of the platform. */
  readonly realm: string
  readonly store: Store
  readonly authoriser: Authoriser
  readonly audit: Audit
  readonly log: Log
  readonly lifetimes: Lifetimes
  readonly brand: Brand
  readonly metrics: Metrics
  /** Of the platform's realm: who has one of them logs in with a second factor. */
  readonly secondFactorRoles: readonly string[]
  /** Absent where no server for letters is set. */
  readonly mailer?: Mailer
  readonly realms: RealmRegistry
  /** Absent until it is served, and where no other cell follows it. */
  readonly ended: () => EndedFeed | undefined
}

/** The provider of a realm and the keys that verify its tokens. */
export interface RealmRuntime {
  readonly name: string
  readonly issuer: string
  readonly displayName: string
  readonly jwks: JSONWebKeySet
  readonly formKey: string
  readonly passwords: PasswordPolicy
  readonly provider: import('oidc-provider').default
  readonly handle: (req: import('node:http').IncomingMessage, res: import('node:http').ServerResponse) => Promise<void>
}

export interface RealmRegistry {
  /** Throws RealmUnknown for a realm that does not exist or is disabled. */
  get(realm: string): Promise<RealmRuntime>
  /** Forgets a realm whose settings changed. */
  forget(realm: string): void
}
