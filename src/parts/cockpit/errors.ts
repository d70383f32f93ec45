// What can go wrong in the cockpit's server.
import { defineError } from '#kit/errors'

export const NotBuilt = defineError('cockpit.not_built', 503, 'the cockpit is not built: {dist} holds no index.html', {
  blame: 'operator',
  hint: 'npm run build',
})
export const NoSuchPath = defineError('cockpit.no_such_path', 404, 'nothing is served at {path}')
export const MethodNotAllowed = defineError('cockpit.method_not_allowed', 405, '{method} is not allowed at {path}')
