// A realm's rules for passwords, in Keycloak's syntax (`length(8) and notUsername`) and in the words of its refusals.
import { Malformed, PasswordRefused } from '#parts/identity/errors'
import { checkPassword, hashPassword } from '#parts/identity/passwords'
import type { Store } from '#parts/identity/store/index'
import type { RealmSettings } from '#parts/identity/store/realms'

/** NIST SP 800-63B, section 3.1.1.2: the least that a password may have is 8 characters. */
export const DEFAULT_POLICY = 'length(8) and notUsername'

interface Holder {
  readonly username: string
  readonly email?: string | null | undefined
}

type Rule = (password: string, n: number, holder: Holder) => string | undefined

const count = (text: string, what: RegExp) => Array.from(text).filter((c) => what.test(c)).length
const least =
  (what: RegExp, name: string): Rule =>
  (password, n) =>
    count(password, what) < n ? `must contain at least ${n} ${name}.` : undefined
const same = (a: string, b: string | null | undefined) => a.toLowerCase() === b?.toLowerCase()

/** All but `passwordHistory`, which needs what is stored. */
const RULES: ReadonlyMap<string, Rule> = new Map<string, Rule>([
  ['length', (password, n) => (Array.from(password).length < n ? `minimum length ${n}.` : undefined)],
  ['maxLength', (password, n) => (Array.from(password).length > n ? `maximum length ${n}.` : undefined)],
  ['lowerCase', least(/\p{Ll}/u, 'lower case characters')],
  ['upperCase', least(/\p{Lu}/u, 'upper case characters')],
  ['digits', least(/\p{Nd}/u, 'numerical digits')],
  ['specialChars', least(/[^\p{L}\p{Nd}]/u, 'special characters')],
  ['notUsername', (password, _n, { username }) => (same(password, username) ? 'must not be equal to the username.' : undefined)],
  [
    'notContainsUsername',
    (password, _n, { username }) => (password.toLowerCase().includes(username.toLowerCase()) ? 'Can not contain the username.' : undefined),
  ],
  ['notEmail', (password, _n, { email }) => (same(password, email) ? 'must not be equal to the email.' : undefined)],
])
const HISTORY = 'passwordHistory'
/** What Keycloak takes where nothing is said. */
const DEFAULTS: ReadonlyMap<string, number> = new Map([
  ['length', 8],
  ['maxLength', 64],
  [HISTORY, 3],
])

export interface PasswordPolicy {
  /** The rules, for a person who chooses a password: sentences. */
  readonly rules: readonly [name: string, n: number][]
  /** The last so many passwords are not taken again. */
  readonly history: number
}

/** @throws Malformed for a rule that is not served. */
export function parsePolicy(text: string): PasswordPolicy {
  const rules = text
    .split(' and ')
    .map((word) => word.trim())
    .filter((word) => word !== '')
    .map((word): [string, number] => {
      const [, name = '', value] = /^([A-Za-z]+)(?:\(([^()]*)\))?$/.exec(word) ?? []
      if (name !== HISTORY && !RULES.has(name))
        throw Malformed({ what: `password policy ${word} is not served here: ${[...RULES.keys(), HISTORY].join(', ')} are` })
      const n = value === undefined || value === '' || value === 'undefined' ? (DEFAULTS.get(name) ?? 1) : Number(value)
      if (!Number.isSafeInteger(n) || n < 0 || n > 1024) throw Malformed({ what: `password policy ${word} takes a number up to 1024` })
      return [name, n]
    })
  return { rules, history: rules.find(([name]) => name === HISTORY)?.[1] ?? 0 }
}

export function policyOf(settings: RealmSettings): PasswordPolicy {
  return parsePolicy(typeof settings.passwordPolicy === 'string' ? settings.passwordPolicy : DEFAULT_POLICY)
}

/** Without what is stored. @throws PasswordRefused */
export function assertPassword(policy: PasswordPolicy, password: string, holder: Holder): void {
  if (password === '') throw PasswordRefused({ rule: 'must not be empty.' })
  for (const [name, n] of policy.rules) {
    const problem = RULES.get(name)?.(password, n, holder)
    if (problem) throw PasswordRefused({ rule: problem })
  }
}

/** Checks and stores a person's new password. @throws PasswordRefused */
export async function setPassword(
  store: Pick<Store, 'passwords'>,
  policy: PasswordPolicy,
  holder: Holder & { readonly id: string },
  password: string,
  temporary = false,
): Promise<void> {
  assertPassword(policy, password, holder)
  for (const hash of await store.passwords.hashes(holder.id, policy.history))
    if (await checkPassword(password, hash))
      throw PasswordRefused({ rule: `must not be equal to any of last ${policy.history} passwords.` })
  await store.passwords.set(holder.id, { hash: await hashPassword(password), keep: Math.max(0, policy.history - 1), temporary })
}

/** What a page says above the field. */
export function describePolicy({ rules }: PasswordPolicy): string {
  const of = (name: string) => rules.find(([known]) => known === name)?.[1]
  const words = [
    ['lowerCase', 'lower case letters'],
    ['upperCase', 'upper case letters'],
    ['digits', 'digits'],
    ['specialChars', 'other characters'],
  ].flatMap(([name = '', what]) => (of(name) ? [`${of(name)} ${what}`] : []))
  const shortest = of('length')
  return [
    shortest === undefined ? '' : `At least ${shortest} characters.`,
    words.length > 0 ? `With ${words.join(', ')}.` : '',
    of(HISTORY) ? `Not one of your last ${of(HISTORY)}.` : '',
  ]
    .filter((sentence) => sentence !== '')
    .join(' ')
}
