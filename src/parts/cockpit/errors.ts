// What can go wrong in the cockpit's server.
import { defineError } from '#kit/errors'

export const NotBuilt = defineError('cockpit.not_built', 503, 'the cockpit is not built: {dist} holds no index.html', {
  blame: 'operator',
  hint: 'npm run build',
})
export const BadRequest = defineError('cockpit.bad_request', 400, '{reason}')
