// akko certificate: the operator's own certificate at the gateway: whether it can be served, and having it served.
import type { Flags } from '#cli/flags'
import { moment, printJson, say } from '#cli/output'
import { defineError } from '#kit/errors'
import type { Machine } from '#runtime/machine'
import { certificateHosts, checkOwnPair, takeOwnPair } from '#runtime/own-certificate'

const CertificateUsage = defineError('certificate.usage', 400, 'there is no "certificate {verb}"', {
  hint: 'akko certificate check | apply',
})

/** `apply` is what the running platform does by itself when the files have changed. */
export async function certificate(machine: Machine, flags: Flags, verb: string): Promise<void> {
  if (verb !== 'check' && verb !== 'apply') throw CertificateUsage({ verb })
  const pair = verb === 'apply' ? takeOwnPair(machine) : { ...checkOwnPair(machine), changed: undefined }
  const hosts = certificateHosts(machine)
  const told = { certificate: pair.certificate, fingerprint256: pair.fingerprint, notAfter: moment(pair.notAfter.getTime()), hosts }
  if (flags.json) return printJson({ ...told, ...(pair.changed === undefined ? {} : { changed: pair.changed }) })
  const done = pair.changed === undefined ? 'can be served' : pair.changed ? 'is served from now on' : 'is served already'
  say(`${told.certificate} ${done}: SHA-256 ${told.fingerprint256}, until ${told.notAfter}, for ${hosts.join(', ')}`)
}
