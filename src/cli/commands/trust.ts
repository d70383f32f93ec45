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

/** That which vouches for what other machines see comes first: with a certificate of the operator's own that is not the home's. */
export async function trust(machine: Machine, flags: Flags): Promise<void> {
  const home = caFile(machine)
  if (!existsSync(home)) throw NoAuthority()
  const pair = pairFiles(machine)
  const { authority } = gatewaySettings.of(machine.config)
  const named = pair && authority !== undefined && existsSync(authority) ? authority : undefined
  if (flags.json)
    return printJson({ ...described(named ?? home), ...(pair ? { certificate: described(pair.certificate), local: described(home) } : {}) })
  const texts = pair ? [ofOwn(machine, pair.certificate, named), ofLocal(machine)] : [ofHome(machine)]
  const login = `akko login --server ${origin(machine.site, '')}`
  const way = isShared(machine.config) ? otherMachines(pair ? named : home, login) : toolsHere(machine)
  process.stdout.write(`${[...texts, way].join('\n\n')}\n`)
}

/** The first certificate of the file. */
function described(file: string): Readonly<Record<'file' | 'subject' | 'fingerprint256' | 'validTo', string>> {
  const { subject, fingerprint256, validTo } = new X509Certificate(readFileSync(file))
  return { file, subject, fingerprint256, validTo }
}

function facts(file: string): string {
  const { fingerprint256, validTo } = described(file)
  return `  file         ${file}
  SHA-256      ${fingerprint256}
  valid until  ${validTo}`
}

const ofHome = (machine: Machine): string => `The certificate authority of this home

${facts(caFile(machine))}
${keyStays(machine)}

${ways(caFile(machine))}`

function ofOwn({ site }: Machine, certificate: string, authority: string | undefined): string {
  const shown = `at ${site.domain} and its hosts the gateway shows your own certificate`
  if (authority !== undefined)
    return `The certificate authority that you named (gateway.authority): ${shown}

${facts(authority)}

${ways(authority)}`
  return `Your own certificate: ${shown}; who uses it has to trust its authority already, or name that in gateway.authority

${facts(certificate)}`
}

const ofLocal = (
  machine: Machine,
): string => `The certificate authority of this home: for localhost, and PostgreSQL on this machine; \`akko env\` names it too

${facts(caFile(machine))}
${keyStays(machine)}`

const keyStays = ({ paths }: Machine): string =>
  `  It can vouch for names of this platform only as long as its key stays in ${paths.ca}; remove the trust when you remove the home.`

const ways = (file: string): string => `Command line    eval "$(akko env)"   sets AKKO_CA_FILE; then: curl --cacert "$AKKO_CA_FILE" ...
Chromium        certutil -d sql:$HOME/.pki/nssdb -A -t C,, -n akko -i ${file}      (package libnss3-tools)
Firefox         Settings, Privacy & Security, Certificates, View Certificates, Authorities, Import
Debian, Ubuntu  sudo cp ${file} /usr/local/share/ca-certificates/akko.crt && sudo update-ca-certificates
Fedora, RHEL    sudo cp ${file} /etc/pki/ca-trust/source/anchors/akko.pem && sudo update-ca-trust
Java            keytool -importcert -cacerts -alias akko -file ${file}`

function otherMachines(authority: string | undefined, login: string): string {
  if (authority === undefined) return `Other machines  the gateway has a certificate of your own, which they are to trust already: ${login}`
  return `Other machines  carry ${authority} there by a way that nobody else writes to, and log in:
                ${login} --ca FILE
                it is to show SHA-256 ${described(authority).fingerprint256}`
}

const toolsHere = (machine: Machine): string =>
  `Tools that do not resolve *.localhost by themselves reach everything by path on ${clientUrl(machine)}; \`apt install libnss-myhostname\` makes the hosts work too.`
