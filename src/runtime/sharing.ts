// What must hold before other machines may reach the gateway; asked when the settings are read.
import { isIP } from 'node:net'
import type { Config, SettingProblem } from '#platform/config'
import { machineServices } from '#platform/registry'
import { gatewaySettings } from '#platform/services/gateway'
import { isShared } from '#runtime/machine'

export function sharingProblems(config: Config): SettingProblem[] {
  const { bind, certificate, key } = gatewaySettings.of(config)
  const problems: SettingProblem[] = []
  const say = (path: string, problem: string) => problems.push({ path: path.split('.'), problem })
  if (isIP(bind) === 0) say('gateway.bind', 'it is an IP address of this machine, or 0.0.0.0 or ::')
  if ((certificate === undefined) !== (key === undefined))
    say(certificate === undefined ? 'gateway.certificate' : 'gateway.key', 'a certificate and its key are set together')
  if (!isShared(config)) return problems
  if (/(^|\.)localhost$/.test(config.domain)) say('domain', 'other machines need a domain that leads here: *.localhost leads to themselves')
  if (config.demo) say('gateway.bind', 'the demo’s users have passwords that everybody knows: a home with the demo stays on loopback')
  for (const { machine } of machineServices()) {
    const { settings } = machine
    if ((settings?.of(config) as { readonly authentication?: string } | undefined)?.authentication === 'none')
      say(`${settings?.key}.authentication`, 'without it only this machine may reach the gateway: gateway.bind is to be a loopback address')
  }
  return problems
}
