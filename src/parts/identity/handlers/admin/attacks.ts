// Failed logins of people: how often of late, and that they are forgotten.
import { type AdminAnswer, type AdminCall, done, ok } from '#parts/identity/handlers/admin/call'
import { findUser } from '#parts/identity/handlers/admin/users'

export async function status(call: AdminCall): Promise<AdminAnswer> {
  const { failures, lastAt, address, waits } = await call.store.failures.of(call.realm.name, await names(call))
  return ok({
    ...{ numFailures: failures, disabled: waits, lastFailure: lastAt, lastIPFailure: address ?? 'n/a' },
    ...{ failedLoginNotBefore: 0, numSecondaryAuthFailures: 0, numTemporaryLockouts: 0 },
  })
}

export async function forget(call: AdminCall): Promise<AdminAnswer> {
  await call.store.failures.forgetAll(call.realm.name, await names(call))
  return done
}

export async function forgetAll({ store, realm }: AdminCall): Promise<AdminAnswer> {
  await store.failures.forgetAll(realm.name)
  return done
}

/** A person logs in with either. */
async function names(call: AdminCall): Promise<string[]> {
  const { username, email } = await findUser(call)
  return email === undefined ? [username] : [username, email]
}
