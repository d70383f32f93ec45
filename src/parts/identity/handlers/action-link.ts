// The page behind a one-time link: the person sets his password. Looking at it uses nothing up, so that what reads letters before him does no harm.
import type { IncomingMessage, ServerResponse } from 'node:http'
import { auditEvent } from '#kit/audit'
import { addressOf } from '#kit/forwarded'
import { LINK_LIFETIME } from '#parts/identity/action-links'
import type { Context, RealmRuntime } from '#parts/identity/context'
import { LinkEnded, PasswordRefused } from '#parts/identity/errors'
import { assertOwnOrigin, readForm } from '#parts/identity/handlers/forms'
import { sendPage } from '#parts/identity/pages/layout'
import { renderNotice } from '#parts/identity/pages/messages'
import { newPasswordIn, renderPassword } from '#parts/identity/pages/password'
import { describePolicy, setPassword } from '#parts/identity/password-policy'
import { createActionLinkStore } from '#parts/identity/store/action-links'
import { createPasswordStore } from '#parts/identity/store/passwords'
import type { User } from '#parts/identity/store/users'
import { OIDC_PATHS } from '#wire/oidc/paths'

const ended = () => LinkEnded({ hours: LINK_LIFETIME / 3600 })

export async function showActionLink(context: Context, realm: RealmRuntime, req: IncomingMessage, res: ServerResponse): Promise<void> {
  const token = new URLSearchParams(req.url?.split('?', 2)[1]).get('key') ?? ''
  show(context, realm, res, 200, token, await holder(context, realm, token))
}

export async function useActionLink(context: Context, realm: RealmRuntime, req: IncomingMessage, res: ServerResponse): Promise<void> {
  const form = await readForm(req)
  assertOwnOrigin(context, req)
  const token = form.get('key') ?? ''
  const user = await holder(context, realm, token)
  const password = newPasswordIn(form)
  if (password === undefined) return show(context, realm, res, 400, token, user, 'The two passwords differ.')
  try {
    await change(context, realm, token, user, password, addressOf(req))
  } catch (error) {
    if (!PasswordRefused.is(error)) throw error
    return show(context, realm, res, error.status, token, user, error.message)
  }
  context.ended()?.look()
  const text = 'Your password is set. Open an application to sign in with it.'
  sendPage(res, 200, renderNotice({ brand: context.brand, realm: realm.name }, 'Done', text))
}

async function holder({ store }: Context, realm: RealmRuntime, token: string): Promise<User> {
  const link = await store.actionLinks.find(realm.name, token)
  const user = link && (await store.users.get(realm.name, link.userId))
  if (!user) throw ended()
  return user
}

/** The link is used up if the password is set, and only then; who had a session by the old one has none any more. */
async function change(context: Context, realm: RealmRuntime, token: string, user: User, password: string, address?: string): Promise<void> {
  const { store, audit, log } = context
  const who = { sub: user.username, via: 'link', roles: user.realmRoles }
  const what = { part: 'identity', action: 'write', kind: 'user', path: [user.username, 'password'] }
  await audit.record(auditEvent({ who, what, outcome: 'allowed', reason: 'by a one-time link', ...(address ? { address } : {}) }))
  await store.db.transaction(async (db) => {
    const link = await createActionLinkStore(db).take(realm.name, token)
    if (link?.userId !== user.id) throw ended()
    await setPassword({ passwords: createPasswordStore(db) }, realm.passwords, user, password)
    await db.run(`UPDATE ${db.t.users} SET email_verified = true WHERE id = $1 AND email = $2`, [user.id, link.mailedTo ?? null])
  })
  await store.endSessions(realm.name, user.id)
  log.info({ realm: realm.name, user: user.username }, 'password set by a one-time link')
}

function show(
  context: Context,
  realm: RealmRuntime,
  res: ServerResponse,
  status: number,
  token: string,
  user: User,
  problem?: string,
): void {
  const page = {
    action: `/realms/${realm.name}${OIDC_PATHS.actionToken}`,
    hidden: { key: token },
    username: user.username,
    lead: `Choose the password of ${user.username}. This link works once.`,
    rules: describePolicy(realm.passwords),
    ...(problem === undefined ? {} : { problem }),
  }
  sendPage(res, status, renderPassword({ brand: context.brand, realm: realm.name }, page))
}
