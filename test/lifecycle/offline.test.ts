// After the installation no network is needed: the platform comes up, answers and goes down where only loopback exists.
import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { removeHome } from '#runtime/remove-home'
import { ROOT, run } from '#test/support/platform'

it('comes up in a network namespace that has loopback only', async () => {
  const home = mkdtempSync(join(tmpdir(), 'akko-offline-'))
  const akko = `${join(ROOT, 'akko')} --home ${home}`
  const script = `ip link set lo up
    if ip route get 192.0.2.1 >/dev/null 2>&1; then echo 'there is a way out' >&2; exit 1; fi
    ${akko} up --port-offset 4700 >&2 && ${akko} sql -o csv -e 'SELECT 7 * 6' ; code=$?
    ${akko} down >&2; exit $code`
  try {
    const result = await run('unshare', ['--net', 'sh', '-c', script])
    expect(result.code, result.stderr).toBe(0)
    expect(result.stdout.trim().split('\n')).toEqual(['_col0', '42'])
  } finally {
    removeHome(home)
  }
}, 180_000)
