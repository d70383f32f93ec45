// akko login --server: signs in at a platform on another machine, by its address and its authority alone.
import { X509Certificate } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { decodeJwt } from 'jose'
import { discoverRealm, logIn } from '#cli/commands/login'
import type { Flags } from '#cli/flags'
import { printJson, say } from '#cli/output'
import { type Addresses, keepServer, readAddresses, serverUrl, trustAuthority } from '#cli/remote/place'
import { defineError, describeError } from '#kit/errors'
import { keepLogin, loginOf } from '#runtime/login'

const ANSWER_MS = 15_000

const NoAuthority = defineError('remote.no_authority', 400, '{file} is no file of certificates: {reason}', {
  hint: 'who runs the platform has it: `akko trust` there says where it lies, and its fingerprint',
})
const NotReached = defineError('remote.not_reached', 502, '{server} does not answer as a platform: {reason}', {
  hint: 'is the address right, and does its name resolve here? A certificate that is not trusted needs its authority: --ca FILE (`akko trust` there prints the way)',
})

/** Its session ends with the browser's, or by `akko logout`. */
export async function login(server: string, flags: Flags): Promise<void> {
  const at = serverUrl(server)
  const ca = typeof flags.ca === 'string' ? authority(flags.ca) : undefined
  if (ca !== undefined) trustAuthority(ca)
  const addresses = await ask(at)
  const tokens = await logIn(addresses.issuer, flags.device === true)
  const config = await discoverRealm(addresses.issuer)
  const user = String(decodeJwt(tokens.access_token).preferred_username)
  const kept = loginOf(user, tokens)
  const tokenEndpoint = config.serverMetadata().token_endpoint ?? `${addresses.issuer}/protocol/openid-connect/token`
  await keepLogin(await keepServer({ ...addresses, server: at, tokenEndpoint }, ca), kept)
  if (flags.json) printJson({ user, server: at, expiresAt: new Date(kept.expiresAt).toISOString() })
  else
    say(
      `logged in at ${at} as ${user}, until \`akko logout\` or the end of the session; \`akko env\`, \`akko sql\` and \`akko storage\` work there`,
    )
}

/** What is trusted is said, so that it can be compared with what `akko trust` prints there. */
function authority(file: string): string {
  try {
    const pem = readFileSync(file, 'utf8')
    const certificate = new X509Certificate(pem)
    say(`trusting ${certificate.subject.replaceAll('\n', ', ')}\n  SHA-256 ${certificate.fingerprint256}`)
    return pem
  } catch (error) {
    throw NoAuthority({ file, reason: describeError(error) }, error)
  }
}

async function ask(server: string): Promise<Addresses> {
  try {
    const answer = await fetch(`${server}/.well-known/akko`, { redirect: 'error', signal: AbortSignal.timeout(ANSWER_MS) })
    if (!answer.ok) throw new Error(`status ${answer.status}`)
    return readAddresses(await answer.json())
  } catch (error) {
    throw NotReached({ server, reason: describeError(error) }, error)
  }
}
