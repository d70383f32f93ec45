// When a person is asked something: to log in, and before a program on his own machine is signed in.
import { interactionPolicy } from 'oidc-provider'
import type { UserAccount } from '#parts/identity/provider/account'
import type { User } from '#parts/identity/store/users'

/** Reason of the question about a program that listens on the person's machine. */
export const NATIVE_CLIENT = 'native_client'

/** Of a session: the code of an authenticator app was shown at its login (RFC 8176). */
export function shownFactor(amr: readonly string[] | undefined): boolean {
  return amr?.includes('otp') === true
}

/**
 * Other clients are the platform's own and never ask for consent, so that prompt=none works for them. Native ones ask every time: any
 * program may listen on a loopback port, and any page may link here. In the device flow the person has confirmed the code instead.
 */
export function prompts(mustAct: (user: User) => boolean) {
  const { Check } = interactionPolicy
  const policy = interactionPolicy.base()
  const consent = policy.get('consent')
  consent?.checks.remove('native_client_prompt')
  consent?.checks.add(
    new Check(
      NATIVE_CLIENT,
      'a program on the person’s machine asks to be signed in',
      'interaction_required',
      ({ oidc }) => oidc.client?.applicationType === 'native' && !/^(code|device)_/.test(oidc.route) && !oidc.result?.consent,
    ),
  )
  policy.get('login')?.checks.add(
    new Check('second_factor', 'the session was begun by a password alone', 'login_required', ({ oidc }) => {
      const user = (oidc.account as UserAccount | undefined)?.user
      return user?.totp === true && !shownFactor(oidc.session?.amr)
    }),
  )
  policy
    .get('login')
    ?.checks.add(
      new Check(
        'account_gone',
        'the person of this session may not log in any more',
        'login_required',
        (ctx) => ctx.oidc.session?.accountId !== undefined && ctx.oidc.account === undefined,
      ),
    )
  policy.get('login')?.checks.add(
    new Check('required_action', 'the person must do something before he is let in', 'interaction_required', (ctx) => {
      const user = (ctx.oidc.account as UserAccount | undefined)?.user
      return user !== undefined && mustAct(user)
    }),
  )
  return policy
}
