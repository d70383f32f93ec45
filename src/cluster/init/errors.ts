// What can be amiss in a pod of akko-init, and the way out.
import { defineError } from '#kit/errors'

export const NotInCluster = defineError('init.not_in_cluster', 500, 'no {what}: this is not a pod with a service account token', {
  blame: 'operator',
  hint: 'run it as the chart does, with automountServiceAccountToken: true',
})

export const ApiRefused = defineError('init.api_refused', 502, 'the Kubernetes API answered {status} to {request}: {message}', {
  blame: 'operator',
})

export const ApiSilent = defineError('init.api_silent', 503, 'the Kubernetes API did not answer {request}', {
  blame: 'operator',
  hint: 'a NetworkPolicy may keep this pod from it',
})

export const BadUrl = defineError('init.bad_url', 400, '{url} is nothing that can be waited for: {why}')

export const NotReady = defineError('init.not_ready', 503, '{why}', { retryable: true })

export const SecretsWanting = defineError('init.secrets_wanting', 409, '{count} of the Secrets cannot be used as they are: {list}', {
  blame: 'operator',
  hint: 'add what is missing to the Secret (kubectl edit secret), or delete the Secret so that it is written anew, then install or upgrade again',
})

export const BadInput = defineError('init.bad_input', 400, '{what}', { blame: 'operator' })

export const TokenRefused = defineError('init.token_refused', 502, 'single sign-on answered {status}: {reason}', { blame: 'operator' })
