// Tokens per second by client credentials, beside the discovery document and beside the signatures alone; tokens of people by exchange.
import { generateKeyPairSync, randomBytes, sign } from 'node:crypto'
import { createFigure, rate } from '#cli/bench/figure'
import type { Suite } from '#cli/bench/suites'
import { REALM } from '#platform/names'
import { resourcesOf } from '#platform/registry'
import type { ResourceOf } from '#platform/resources'
import { HOST, port } from '#runtime/machine'
import { createFileSecretStore, requiredSecret } from '#runtime/secrets'
import { defaultUser, ownerToken, realmUrl } from '#runtime/tokens'

type Client = ResourceOf<'client'>

const COUNT = 300
const EXCHANGES = 100
const CONCURRENCY = 8

export const identitySuite: Suite = async ({ machine, http }) => {
  const client = resourcesOf(machine.site).find(
    (r): r is Client & { secret: string } => r.kind === 'client' && r.flows.includes('client-credentials') && r.secret !== undefined,
  )
  if (!client) throw new Error('no declared client may use client credentials')
  const secret = await requiredSecret(createFileSecretStore(machine.paths.secrets), client.secret)
  const url = realmUrl(machine, 'token')
  const headers = {
    authorization: `Basic ${Buffer.from(`${client.clientId}:${encodeURIComponent(secret.reveal())}`).toString('base64')}`,
    'content-type': 'application/x-www-form-urlencoded',
  }
  const tokens = await rate(COUNT, CONCURRENCY, async () => {
    const { body } = await http.request('POST', url, headers, 'grant_type=client_credentials')
    if (!body.includes('"access_token"')) throw new Error(`no token: ${body}`)
  })
  const discovery = `http://${HOST}:${port(machine, 'identity')}/realms/${REALM}/.well-known/openid-configuration`
  const floor = await rate(COUNT, CONCURRENCY, () => http.request('GET', discovery))
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
  const signed = await rate(COUNT, 1, async () => sign('sha256', randomBytes(600), privateKey))
  const secrets = createFileSecretStore(machine.paths.secrets)
  const exchanged = await rate(EXCHANGES, CONCURRENCY, () => ownerToken(machine, secrets, defaultUser(machine)))
  return [
    createFigure({ name: 'tokens per second', unit: '1/s', ours: tokens, floor, against: 'GET of the discovery document' }),
    createFigure({ name: 'tokens per second', unit: '1/s', ours: tokens, floor: signed, against: 'RS256 signatures of one thread' }),
    createFigure({
      name: 'tokens of a person per second, by client credentials and exchange',
      unit: '1/s',
      ours: exchanged,
      floor: tokens,
      against: 'client credentials alone',
    }),
  ]
}
