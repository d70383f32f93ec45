// After the installation no network is needed: the platform comes up, answers and goes down where only loopback exists.
import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { removeHome } from '#runtime/remove-home'
import { ROOT, run } from '#test/support/platform'

/** Nobody listens there: whoever asks it for something on this machine fails. */
const PROXY = 'http://127.0.0.1:9'

it('comes up in a network namespace that has loopback only, and asks no proxy for what is on this machine', async () => {
  const home = mkdtempSync(join(tmpdir(), 'akko-offline-'))
  const akko = `${join(ROOT, 'akko')} --home ${home}`
  const script = `export NODE_USE_ENV_PROXY=1 HTTP_PROXY=${PROXY} HTTPS_PROXY=${PROXY} http_proxy=${PROXY} https_proxy=${PROXY} no_proxy=example.org
    ip link set lo up
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
