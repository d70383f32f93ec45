// The one-time link with which a person sets his password himself: made, and sent where there is a server for letters.
import { describeError } from '#kit/errors'
import type { Context } from '#parts/identity/context'
import type { User } from '#parts/identity/store/users'
import { OIDC_PATHS, realmIssuer } from '#wire/oidc/paths'

/** Seconds. */
export const LINK_LIFETIME = 24 * 3600

export interface MadeLink {
  readonly link: string
  /** Seconds since 1970. */
  readonly expires: number
  /** The address that the mail server has taken it for. */
  readonly sentTo?: string
  /** Why it was not sent, though it was to be. */
  readonly problem?: string
}

/** Whoever has the link sets the password of an open account, once. */
export async function makeLink(context: Context, realm: string, user: User, send: boolean, seconds = LINK_LIFETIME): Promise<MadeLink> {
  const to = send && context.mailer ? user.email : undefined
  const token = await context.store.actionLinks.create(user.id, seconds, to)
  const link = `${realmIssuer(context.origin, realm)}${OIDC_PATHS.actionToken}?key=${token}`
  const made = { link, expires: Math.floor(Date.now() / 1000) + seconds }
  if (to === undefined) return made
  try {
    await context.mailer?.send({ to, ...letter(context, user, link, seconds) })
    return { ...made, sentTo: to }
  } catch (error) {
    context.log.warn({ user: user.username, error: describeError(error) }, 'a link could not be sent')
    // Then whoever shows it is who hands it over.
    const shown = await context.store.actionLinks.create(user.id, seconds, undefined)
    return { ...made, link: link.replace(token, shown), problem: describeError(error) }
  }
}

function letter({ brand }: Context, { username }: User, link: string, seconds: number): { subject: string; text: string } {
  return {
    subject: `${brand.name}: set your password`,
    text: `Your name at ${brand.name} is ${username}. Set your password with this link; it works once, within ${Math.round(seconds / 3600)} hours:

${link}

If you did not expect this letter, do nothing and tell your administrator.
`,
  }
}
