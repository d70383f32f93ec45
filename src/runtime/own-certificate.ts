// The operator's own certificate: read as who starts the platform, checked, and laid where the gateway's process takes it up while it runs.
import { existsSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { defineError } from '#kit/errors'
import { cellUser } from '#kit/system-user'
import { checkPair, createLocalCa, type OwnPair, PairProblem, replaceFile } from '#parts/gateway/index'
import { services } from '#platform/registry'
import { gatewaySettings } from '#platform/services/gateway'
import { CLIENT_LABEL, isShared, type Machine } from '#runtime/machine'

export const PairRefused = defineError(
  'certificate.refused',
  400,
  'the certificate {certificate} with the key {key} cannot be served: {reason}',
  {
    blame: 'operator',
    hint: 'put a pair there that is for the domain and its hosts; `akko certificate check` looks at it. One that was served before goes on',
  },
)
export const NoPair = defineError('certificate.none', 404, 'no certificate of your own is set', {
  blame: 'operator',
  hint: 'set gateway.certificate and gateway.key in config.yaml; without them the home’s own authority signs, see `akko trust`',
})

export const ownPairFile = ({ paths }: Pick<Machine, 'paths'>): string => join(paths.ca, 'own.pem')

export interface PairFiles {
  readonly certificate: string
  readonly key: string
}

/** Where the settings say that it is. */
export function pairFiles({ config }: Pick<Machine, 'config'>): PairFiles | undefined {
  const { certificate, key } = gatewaySettings.of(config)
  return certificate !== undefined && key !== undefined ? { certificate, key } : undefined
}

/** What a certificate has to be for: the domain, and each of its hosts that something here answers at. */
export function certificateHosts({ site, config }: Machine): string[] {
  const labels = services.flatMap((s) => (s.machine?.ports.main === undefined || s.machine.front ? [] : (s.hosts ?? [])))
  return [...labels, ...(isShared(config) ? [CLIENT_LABEL] : [])].map((label) => (label === '' ? site.domain : `${label}.${site.domain}`))
}

/** @throws NoPair, PairRefused */
export function checkOwnPair(machine: Machine): OwnPair & PairFiles {
  const files = pairFiles(machine)
  if (!files) throw NoPair()
  try {
    const text = { cert: readFileSync(files.certificate, 'utf8'), key: readFileSync(files.key, 'utf8') }
    return { ...checkPair(text, certificateHosts(machine)), ...files }
  } catch (error) {
    if (!(error instanceof PairProblem) && (error as NodeJS.ErrnoException).code === undefined) throw error
    throw PairRefused({ ...files, reason: (error as Error).message }, error)
  }
}

/** Lays a good pair where the gateway takes it up. @throws NoPair, PairRefused */
export function takeOwnPair(machine: Machine): OwnPair & PairFiles & { readonly changed: boolean } {
  const pair = checkOwnPair(machine)
  const file = ownPairFile(machine)
  const changed = !existsSync(file) || readFileSync(file, 'utf8') !== pair.pem
  if (changed) replaceFile(file, pair.pem, cellUser())
  return { ...pair, changed }
}

/** Before the start: with what certificate the gateway will answer. `warn` is told of a pair that is refused where one from before goes on. */
export async function prepareCertificate(machine: Machine, warn: (line: string) => void): Promise<void> {
  if (!pairFiles(machine)) {
    rmSync(ownPairFile(machine), { force: true })
    if (!isShared(machine.config)) return
    const ca = await createLocalCa(machine.paths.ca, { domains: [machine.site.domain], owner: cellUser() })
    ca.assertCovers([machine.site.domain])
    return
  }
  try {
    takeOwnPair(machine)
  } catch (error) {
    if (!PairRefused.is(error) || !existsSync(ownPairFile(machine))) throw error
    warn(`WARNING: the certificate that was served before goes on: ${error.message}`)
  }
}
