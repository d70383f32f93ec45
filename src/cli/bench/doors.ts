// How long a token that was revoked still opens each door, beside a refusal of what is no token.
import { createFigure, timed, toReading } from '#cli/bench/figure'
import type { Suite } from '#cli/bench/suites'
import { tokenDoors, untilRefused } from '#cli/bench/token-doors'
import { SQL_CLIENT, secretName } from '#platform/names'
import { createFileSecretStore, requiredSecret } from '#runtime/secrets'
import { defaultUser, ownerToken, realmUrl } from '#runtime/tokens'

const ROUNDS = 20
const AIM_MS = 5000
const CEILING_MS = 50_000

export const doorsSuite: Suite = async ({ machine }) => {
  const secrets = createFileSecretStore(machine.paths.secrets)
  const secret = await requiredSecret(secrets, secretName.client(SQL_CLIENT))
  const authorization = `Basic ${Buffer.from(`${SQL_CLIENT}:${encodeURIComponent(secret.reveal())}`).toString('base64')}`
  const doors = tokenDoors(machine)
  const times = new Map(doors.map(({ name }) => [name, { ours: [] as number[], floor: [] as number[] }]))
  for (let round = 0; round < ROUNDS; round++) {
    const { accessToken } = await ownerToken(machine, secrets, defaultUser(machine))
    for (const { name, ask } of doors) {
      if ((await ask(accessToken)) !== 200) throw new Error(`${name} does not take a good token`)
      times.get(name)?.floor.push(await timed(() => ask('no token')))
    }
    const body = new URLSearchParams({ token: accessToken })
    const revoked = await fetch(realmUrl(machine, 'revoke'), { method: 'POST', headers: { authorization }, body })
    if (!revoked.ok) throw new Error(`the revocation answered ${revoked.status}`)
    const ended = await untilRefused(new Map(doors.map(({ name, ask }) => [name, () => ask(accessToken)])), CEILING_MS)
    for (const [name, ms] of ended) times.get(name)?.ours.push(ms)
  }
  return [...times].map(([name, { ours, floor }]) => {
    const aim = { text: '<= 5 s', met: Math.max(...ours) <= AIM_MS }
    const against = 'refusal of no token'
    return createFigure({ name: `revoked at ${name}`, unit: 'ms', ours: toReading(ours), floor: toReading(floor), against, aim })
  })
}
