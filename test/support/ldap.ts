// A real LDAP server (UnboundID's, in memory) from Maven Central, with the entries of an LDIF text.
import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { artefact, SHORT_LIVED } from '#test/support/jvm'
import { freePort } from '#test/support/postgres'

export interface LdapServer {
  readonly url: string
  stop(): Promise<void>
}

export async function startLdap(baseDn: string, ldif: string): Promise<LdapServer> {
  const jar = artefact('com.unboundid', 'unboundid-ldapsdk', '7.0.3', 'jar')
  const dir = mkdtempSync(join(tmpdir(), 'akko-ldap-'))
  const file = join(dir, 'people.ldif')
  writeFileSync(file, ldif, { mode: 0o600 })
  const port = await freePort()
  const args = ['-cp', jar, 'com.unboundid.ldap.listener.InMemoryDirectoryServerTool']
  const child = spawn('java', ['-Xmx128m', ...SHORT_LIVED, ...args, '--baseDN', baseDn, '--port', String(port), '--ldifFile', file], {
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let log = ''
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (text: string) => {
      log = (log + text).slice(-4000)
    })
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()))
  const stop = async () => {
    child.kill('SIGTERM')
    await ended
    rmSync(dir, { recursive: true, force: true })
  }
  for (let left = 240; !(await opens(port)); left--) {
    if (left === 0 || child.exitCode !== null) {
      await stop()
      throw new Error(`the LDAP server did not start: ${log}`)
    }
    await new Promise((r) => setTimeout(r, 250))
  }
  return { url: `ldap://127.0.0.1:${port}`, stop }
}

function opens(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host: '127.0.0.1', port })
    socket.once('connect', () => {
      socket.destroy()
      resolve(true)
    })
    socket.once('error', () => resolve(false))
  })
}
