// What opens an account: its password, and its second factor, which an administrator takes away from who has lost it.
import { NotFound, UnservedField } from '#parts/identity/errors'
import { type AdminAnswer, type AdminCall, done, ok } from '#parts/identity/handlers/admin/call'
import { findUser } from '#parts/identity/handlers/admin/users'

const OTP = 'otp'

export async function listCredentials(call: AdminCall): Promise<AdminAnswer> {
  const user = await findUser(call)
  const [hash] = await call.store.passwords.hashes(user.id, 1)
  const since = await call.store.secondFactors.since(user.id)
  const digits = { subType: 'totp', digits: 6, counter: 0, period: 30, algorithm: 'HmacSHA1', secretEncoding: 'BASE32' }
  return ok([
    ...(hash === undefined
      ? []
      : [{ id: user.id, type: 'password', createdDate: user.passwordAt, credentialData: JSON.stringify({ algorithm: 'argon2' }) }]),
    ...(since === undefined ? [] : [{ id: `${OTP}-${user.id}`, type: OTP, createdDate: since, credentialData: JSON.stringify(digits) }]),
  ])
}

/** The second factor only: without a password an account is one that was invited. */
export async function removeCredential(call: AdminCall): Promise<AdminAnswer> {
  const user = await findUser(call)
  if (call.params.credential === user.id)
    throw UnservedField({ field: 'credentials', why: 'hold a password until another is set here: it is not removed' })
  const found = call.params.credential === `${OTP}-${user.id}` && (await call.store.secondFactors.remove(user.id))
  if (!found) throw NotFound({ what: 'Credential not found' })
  return done
}
