// Errors as a table: each module lists its own with defineError; protocols translate them at their edge only.
import { isOfText } from '#kit/postgres-error'

/** Who must act: the caller, the caller after reading again, the operator, or us. */
export type Blame = 'caller' | 'caller-retry' | 'operator' | 'us'

export interface ErrorSpec {
  /** Dotted, stable, e.g. `catalog.commit_conflict`. */
  readonly code: string
  /** HTTP status that describes it best; other protocols map from `code`. */
  readonly status: number
  /** Text with `{placeholders}`. */
  readonly message: string
  readonly retryable: boolean
  readonly blame: Blame
  /** The way out, with the same placeholders. */
  readonly hint?: string
}

type Values = Record<string, string | number | bigint | boolean | undefined>

/** The one error class of the platform. `code` names the row of the table it was made from. */
export class AkkoError extends Error {
  readonly code: string
  readonly status: number
  readonly retryable: boolean
  readonly blame: Blame
  readonly hint: string | undefined
  readonly values: Values

  constructor(spec: ErrorSpec, values: Values = {}, cause?: unknown) {
    super(fill(spec.message, values), cause === undefined ? undefined : { cause })
    this.name = 'AkkoError'
    this.code = spec.code
    this.status = spec.status
    this.retryable = spec.retryable
    this.blame = spec.blame
    this.hint = spec.hint === undefined ? undefined : fill(spec.hint, values)
    this.values = values
  }
}

export interface DefinedError {
  (values?: Values, cause?: unknown): AkkoError
  readonly spec: ErrorSpec
  is(error: unknown): error is AkkoError
}

/** Declares one row; the result makes errors: `throw TableNotFound({ ident })`. */
export function defineError(
  code: string,
  status: number,
  message: string,
  options: { retryable?: boolean; blame?: Blame; hint?: string } = {},
): DefinedError {
  const spec: ErrorSpec = {
    code,
    status,
    message,
    retryable: options.retryable ?? false,
    blame: options.blame ?? (status >= 500 ? 'us' : options.retryable ? 'caller-retry' : 'caller'),
    ...(options.hint === undefined ? {} : { hint: options.hint }),
  }
  const make = (values?: Values, cause?: unknown) => new AkkoError(spec, values, cause)
  return Object.assign(make, {
    spec,
    is: (error: unknown): error is AkkoError => error instanceof AkkoError && error.code === code,
  })
}

export const Internal = defineError('internal', 500, 'internal error', { hint: 'see the log for this request id' })
export const NotAuthenticated = defineError('access.not_authenticated', 401, '{reason}')
export const AccessDenied = defineError('access.denied', 403, 'access denied: {user} may not {action} {resource}', {
  hint: '{reason}',
})
export const AuthoriserSilent = defineError('access.authoriser_silent', 403, 'access denied: no decision for {action} on {resource}', {
  blame: 'operator',
  hint: 'the authoriser did not answer; denied to be safe',
})

export const UnstorableText = defineError('request.unstorable_text', 400, 'a text of the request holds the character U+0000', {
  hint: 'take the character out',
})

/** Any thrown value as an AkkoError; what we do not know is our fault, never the client's. */
export function toAkkoError(error: unknown): AkkoError {
  if (error instanceof AkkoError) return error
  return isOfText(error) ? UnstorableText({}, error) : Internal({}, error)
}

export interface ErrorEnvelope {
  readonly error: { readonly code: string; readonly message: string; readonly hint?: string; readonly requestId: string }
}

/** The one envelope of AKKO's own JSON APIs; foreign protocols have theirs. */
export function errorBody({ code, message, hint }: AkkoError, requestId: string): ErrorEnvelope {
  return { error: { code, message, ...(hint ? { hint } : {}), requestId } }
}

/** The text of any thrown value, with its causes; for logs, not for clients. */
export function describeError(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  const cause = error.cause === undefined ? '' : ` <- ${describeError(error.cause)}`
  return `${error.message}${cause}`
}

function fill(template: string, values: Values): string {
  return template.replace(/\{(\w+)\}/g, (whole, key: string) => (key in values ? String(values[key]) : whole))
}
