// What the supervisor refuses to run.
import { defineError } from '#kit/errors'

export const CallerRefused = defineError('programs.caller_refused', 403, 'this process may have no program started', {
  hint: 'a part that needs it declares it (`programs` of its machine shape)',
})
export const ProgramUnknown = defineError('programs.unknown', 404, '{program} is no program that the caller declares', {
  hint: 'declared: {declared}',
})
export const BadRun = defineError('programs.bad_request', 400, '{problem}')
export const PersonRefused = defineError('programs.person_refused', 403, 'code of {person} cannot be run on this machine', {
  blame: 'operator',
  hint: 'this platform was not started by root, so only the account {owner} that {file} records, with which its owner works, may run any; start it as root for system users of people',
})
export const TooManyRuns = defineError('programs.too_many', 429, '{count} programs run {who} already', { retryable: true })
export const NoUserLeft = defineError('programs.no_user_left', 503, 'no system user is free for another person', { blame: 'operator' })
