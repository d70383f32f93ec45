// What the chart hands to a pod of akko-init.
import { BadInput } from '#cluster/init/errors'

export type Env = Readonly<Record<string, string | undefined>>

export function required(env: Env, name: string): string {
  const value = env[name]
  if (!value) throw BadInput({ what: `the environment variable ${name} is not set` })
  return value
}
