// The errors of this part; routes translate them to OAuth's, Keycloak's admin API's or a page's form.
import { defineError } from '#kit/errors'

export const MasterFromAfar = defineError(
  'identity.master_from_afar',
  403,
  'the realm master administers from the machine of the platform alone, by 127.0.0.1; from elsewhere, log in to the platform’s own realm as an administrator',
)
export const RealmUnknown = defineError('identity.realm_unknown', 404, 'realm {realm} does not exist')
/** Admin API, in Keycloak's two shapes: `{ error }` and `{ errorMessage }`. */
export const NotFound = defineError('identity.not_found', 404, '{what}')
export const Malformed = defineError('identity.malformed', 400, '{what}')
export const NotJson = defineError('identity.not_json', 400, 'Cannot parse the JSON')
export const Conflict = defineError('identity.conflict', 409, '{what}')
export const Duplicate = defineError('identity.duplicate', 409, 'Duplicate resource error')
export const BadInput = defineError('identity.bad_input', 400, '{what}')
export const Refused = defineError('identity.refused', 400, '{what}')
/** Keycloak knows the field, and this server gives it no meaning: it says so, rather than drop it. */
export const UnservedField = defineError('identity.unserved_field', 400, '{field} {why}')
/** The same of what lies at a path. */
export const UnservedPath = defineError('identity.unserved_path', 400, '{field} is not served here')
/** In the form of Keycloak's user profile. */
export const BadEmail = defineError('identity.bad_email', 400, '{email} is no e-mail address')
export const BadLogin = defineError(
  'identity.bad_login',
  401,
  'That name and password do not match. After several attempts, wait a minute before the next one.',
)
/** In the words of Keycloak's password policies. */
export const PasswordRefused = defineError('identity.password_refused', 400, 'Invalid password: {rule}')
export const BadCode = defineError(
  'identity.bad_code',
  401,
  'That code is not the one of now, or was used already. After several attempts, wait a minute before the next one.',
)
export const FactorStays = defineError('identity.factor_stays', 403, 'Your roles need a second factor: it stays on.')
export const FactorSet = defineError('identity.factor_set', 409, 'A second factor is on already: turn it off before you set up another.')
export const LinkEnded = defineError(
  'identity.link_ended',
  410,
  'this link was used, replaced by a newer one, or is older than {hours} hours',
  {
    hint: 'ask an administrator for a new one',
  },
)
export const LoginExpired = defineError('identity.login_expired', 400, 'this login page has expired', {
  hint: 'go back to the application and sign in again',
})
export const ForeignForm = defineError('identity.foreign_form', 403, 'this form was not sent from our own page', {
  hint: 'go back to the application and sign in again',
})
export const WrongSettings = defineError('identity.wrong_settings', 500, '{what}', { blame: 'operator' })
