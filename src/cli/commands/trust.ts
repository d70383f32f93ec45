// akko trust: how browsers and tools come to trust the local certificate authority. Changes nothing by itself.
import { X509Certificate } from 'node:crypto'
import { existsSync, readFileSync } from 'node:fs'
import type { Flags } from '#cli/flags'
import { printJson } from '#cli/output'
import { defineError } from '#kit/errors'
import { origin } from '#platform/service'
import { gatewaySettings } from '#platform/services/gateway'
import { clientUrl, isShared, type Machine } from '#runtime/machine'
import { pairFiles } from '#runtime/own-certificate'
import { caFile } from '#runtime/trust'

const NoAuthority = defineError('trust.none', 404, 'this home has no certificate authority yet', {
  blame: 'operator',
  hint: 'it is made by the first `akko up`',
})

export async function trust(machine: Machine, flags: Flags): Promise<void> {
  const file = caFile(machine)
  if (!existsSync(file)) throw NoAuthority()
  const certificate = new X509Certificate(readFileSync(file))
  if (flags.json) {
    return printJson({ file, subject: certificate.subject, fingerprint256: certificate.fingerprint256, validTo: certificate.validTo })
  }
  process.stdout.write(`The certificate authority of this home

  file         ${file}
  SHA-256      ${certificate.fingerprint256}
  valid until  ${certificate.validTo}
  It can vouch for names of this platform only as long as its key stays in ${machine.paths.ca}; remove the trust when you remove the home.

Command line    eval "$(akko env)"   sets AKKO_CA_FILE; then: curl --cacert "$AKKO_CA_FILE" ...
Chromium        certutil -d sql:$HOME/.pki/nssdb -A -t C,, -n akko -i ${file}      (package libnss3-tools)
Firefox         Settings, Privacy & Security, Certificates, View Certificates, Authorities, Import
Debian, Ubuntu  sudo cp ${file} /usr/local/share/ca-certificates/akko.crt && sudo update-ca-certificates
Fedora, RHEL    sudo cp ${file} /etc/pki/ca-trust/source/anchors/akko.pem && sudo update-ca-trust
Java            keytool -importcert -cacerts -alias akko -file ${file}

${isShared(machine.config) ? otherMachines(machine) : toolsHere(machine)}
`)
}

/** Where a certificate of the operator's own is served, its authority is who is to be trusted there. */
function otherMachines(machine: Machine): string {
  const login = `akko login --server ${origin(machine.site, '')}`
  if (!pairFiles(machine)) return carried(caFile(machine), login)
  const { authority } = gatewaySettings.of(machine.config)
  if (authority === undefined) return `Other machines  the gateway has a certificate of your own, which they are to trust already: ${login}`
  return carried(authority, login)
}

const carried = (
  file: string,
  login: string,
): string => `Other machines  carry ${file} there by a way that nobody else writes to, and log in:
                ${login} --ca FILE
                it is to show SHA-256 ${new X509Certificate(readFileSync(file)).fingerprint256}`

const toolsHere = (machine: Machine): string =>
  `Tools that do not resolve *.localhost by themselves reach everything by path on ${clientUrl(machine)}; \`apt install libnss-myhostname\` makes the hosts work too.`
