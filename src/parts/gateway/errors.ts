// What can go wrong at the edge.
import { defineError } from '#kit/errors'

export const UnknownHost = defineError('gateway.unknown_host', 404, 'no part of this platform is called {host}', {
  hint: 'the cockpit is at {home}',
})
export const UnknownPath = defineError('gateway.unknown_path', 404, 'nothing is served at {path}', { hint: 'the cockpit is at {home}' })
export const NotInstalled = defineError('gateway.not_installed', 404, '{part} is not installed on this machine', {
  hint: 'what is installed is shown at {home}',
})
export const BadPath = defineError('gateway.bad_path', 400, 'the path holds a dot segment or is not valid', {
  hint: 'send the path in its normal form',
})
export const UpstreamDown = defineError('gateway.upstream_down', 502, '{part} does not answer', {
  blame: 'operator',
  retryable: true,
  hint: 'see what it is waiting for: ./akko status, ./akko logs {name}',
})
export const BodyTooLarge = defineError('gateway.body_too_large', 413, 'the request is larger than {limit} bytes')
export const LoginNeeded = defineError('gateway.login_needed', 401, 'you are not logged in, or your session has ended', {
  hint: 'log in at {home}',
})
export const CrossOrigin = defineError('gateway.cross_origin', 403, 'this request was sent by another site and is refused', {
  hint: 'requests that change something must come from {origin}',
})
export const LoginLost = defineError('gateway.login_lost', 400, 'this login is not known here: {reason}', {
  hint: 'begin again at {home}',
})
export const LoginRefused = defineError('gateway.login_refused', 403, 'the login was refused: {reason}', { hint: 'begin again at {home}' })
export const IdentityDown = defineError('gateway.identity_down', 503, 'the login service does not answer: {reason}', {
  blame: 'operator',
  retryable: true,
  hint: 'try again in a moment, or see ./akko status',
})
export const SessionsDown = defineError('gateway.sessions_down', 503, 'sessions cannot be read now', {
  blame: 'operator',
  retryable: true,
  hint: 'the database of the platform does not answer; see ./akko status',
})
export const CaDoesNotCover = defineError('gateway.ca_does_not_cover', 500, 'the local authority in {dir} may not sign for {name}', {
  blame: 'operator',
  hint: 'it was made for {permitted}; move {dir} away, start again and trust the new one with ./akko trust',
})
/** The token endpoint said no: the grant is over. */
export const GrantRefused = defineError('gateway.grant_refused', 401, 'the login service refused the grant: {reason}')
