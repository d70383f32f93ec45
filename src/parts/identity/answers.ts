// Errors as the clients of each door know them: Keycloak's admin API, OAuth, a browser's page.
import type { HonoRequest } from 'hono'
import { type Answer, BadTarget, MethodNotAllowed, NoSuchPath } from '#kit/answer'
import { AuditUnavailable } from '#kit/audit'
import { AccessDenied, type AkkoError, AuthoriserSilent, NotAuthenticated } from '#kit/errors'
import { SeveralHosts } from '#kit/forwarded'
import { requestId } from '#kit/trace'
import type { Context } from '#parts/identity/context'
import {
  BadEmail,
  BadInput,
  Conflict,
  Duplicate,
  NotJson,
  RealmUnknown,
  Refused,
  UnservedField,
  UnservedPath,
} from '#parts/identity/errors'
import { ADMIN_PATH } from '#parts/identity/handlers/admin/routes'
import { PAGE_HEADERS } from '#parts/identity/pages/layout'
import { renderErrorPage } from '#parts/identity/pages/messages'

const NO_METHOD = 'HTTP 405 Method Not Allowed'

export function toAnswer(context: Context, error: AkkoError, req: HonoRequest): Answer {
  const { status, code } = error
  if (req.path === ADMIN_PATH || req.path.startsWith(`${ADMIN_PATH}/`)) return { status, body: toKeycloakError(error) }
  if (code === NoSuchPath.spec.code) return { status, body: { error: 'Unable to find matching target resource method' } }
  if (code === MethodNotAllowed.spec.code) return { status, body: { error: NO_METHOD } }
  if (code === SeveralHosts.spec.code || code === BadTarget.spec.code)
    return { status, body: { error: 'invalid_request', error_description: error.message } }
  if (req.header('accept')?.includes('text/html')) return { status, body: errorPage(context, error), headers: PAGE_HEADERS }
  if (code === RealmUnknown.spec.code) return { status, body: { error: 'Realm does not exist' } }
  return { status, body: { error: error.message, error_description: error.hint } }
}

function errorPage({ brand, realm }: Context, error: AkkoError): string {
  const sentence = (text: string) => `${text.charAt(0).toUpperCase()}${text.slice(1)}.`
  return renderErrorPage(
    { brand, realm },
    {
      what: sentence(error.message),
      hint: error.hint ? sentence(error.hint) : 'Go back to the application and start again.',
      code: error.code,
      requestId: requestId(),
    },
  )
}

function toKeycloakError(error: AkkoError): Record<string, unknown> {
  switch (error.code) {
    case NoSuchPath.spec.code:
      return { error: 'HTTP 404 Not Found' }
    case MethodNotAllowed.spec.code:
      return { error: NO_METHOD }
    case NotAuthenticated.spec.code:
      return { error: 'HTTP 401 Unauthorized', error_description: error.message }
    case AccessDenied.spec.code:
    case AuthoriserSilent.spec.code:
      return { error: 'HTTP 403 Forbidden', error_description: error.hint ?? error.message }
    case NotJson.spec.code:
      return { error: 'invalid_request', error_description: error.message }
    case Duplicate.spec.code:
      return { error: 'conflict', error_description: error.message }
    case BadInput.spec.code:
      return { error: 'invalid_input', error_description: error.message }
    case Conflict.spec.code:
    case Refused.spec.code:
      return { errorMessage: error.message }
    case UnservedField.spec.code:
    case UnservedPath.spec.code:
      return { field: error.values.field, errorMessage: error.message, params: [error.values.field] }
    case BadEmail.spec.code:
      return { field: 'email', errorMessage: 'error-invalid-email', params: ['email', error.values.email] }
    case RealmUnknown.spec.code:
      return { error: 'Realm not found.' }
    case AuditUnavailable.spec.code:
      return { error: 'temporarily_unavailable', error_description: error.message }
    default:
      return { error: error.status >= 500 ? 'unknown_error' : error.message }
  }
}
