// The doors of one machine that take tokens, as the parts declare them, each asked at its own port.
import { readFileSync } from 'node:fs'
import http from 'node:http'
import https from 'node:https'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { machineServices } from '#platform/registry'
import { HOST, type Machine, port } from '#runtime/machine'

export interface TokenDoor {
  readonly name: string
  readonly audience: string
  /** The status of what a good token opens; headers in place of the token's where they are given. */
  ask(token: string, headers?: Readonly<Record<string, string>>): Promise<number>
}

export function tokenDoors(machine: Machine): TokenDoor[] {
  const ca = readFileSync(join(machine.paths.ca, 'ca.pem'), 'utf8')
  return machineServices().flatMap(({ name, machine: { signIn, front } }) => {
    const { audience, opens } = signIn ?? {}
    if (audience === undefined || opens === undefined) return []
    const { domain, publicPort } = machine.site
    const at = { host: HOST, port: port(machine, name), path: opens, agent: false as const }
    const tls = { ca, servername: domain }
    const own: Record<string, string> = front ? { host: `${domain}:${publicPort}` } : {}
    const ask = (token: string, headers: Readonly<Record<string, string>> = { authorization: `Bearer ${token}` }) =>
      new Promise<number>((resolve, reject) => {
        const options = { ...at, headers: { ...own, ...headers } }
        const onAnswer = (res: http.IncomingMessage) => resolve(res.resume().statusCode ?? 0)
        const req = front ? https.get({ ...options, ...tls }, onAnswer) : http.get(options, onAnswer)
        req.on('error', reject)
      })
    return [{ name, audience, ask }]
  })
}

/** Milliseconds until every question is answered with 401, by its name. @throws when one is not within the ceiling */
export async function untilRefused(
  questions: ReadonlyMap<string, () => Promise<number>>,
  ceilingMs: number,
): Promise<ReadonlyMap<string, number>> {
  const began = performance.now()
  const each = [...questions].map(async ([name, ask]) => {
    while ((await ask()) !== 401) {
      if (performance.now() - began > ceilingMs) throw new Error(`${name} still opens after ${ceilingMs} ms`)
      await delay(20)
    }
    return [name, performance.now() - began] as const
  })
  return new Map(await Promise.all(each))
}
