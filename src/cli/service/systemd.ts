// systemctl, of the system or of this user; where no systemd runs it still enables and disables units, by their links.
import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import type { Scope } from '#cli/service/unit'
import { defineError } from '#kit/errors'

const SystemctlFailed = defineError('service.systemctl', 502, 'systemctl {args} did not succeed: {reason}', {
  blame: 'operator',
  hint: 'the unit lies where it belongs: `akko service status` says where, `akko service remove` takes it away',
})

export interface Systemctl {
  /** Whether systemd is what started this machine. */
  readonly isRunning: boolean
  /** @throws SystemctlFailed */
  run(...args: string[]): void
  /** Its answer, whatever its exit code. */
  ask(...args: string[]): string
}

export function systemctl(scope: Scope): Systemctl {
  const call = (args: string[]) => spawnSync('systemctl', scope === 'user' ? ['--user', ...args] : args, { encoding: 'utf8' })
  return {
    isRunning: existsSync('/run/systemd/system'),
    run: (...args) => {
      const { status, stderr, error } = call(args)
      if (status !== 0) throw SystemctlFailed({ args: args.join(' '), reason: error?.message ?? stderr.trim() })
    },
    ask: (...args) => (call(args).stdout ?? '').trim(),
  }
}
