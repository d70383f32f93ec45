// Whether a process answers: our own control protocol, or a PostgreSQL server's first word.
import { createConnection, type NetConnectOpts } from 'node:net'
import { assertTrustedSocket } from '#kit/private-folder'

/** Sends a start-up packet and reads the first byte of the answer; the same question as pg_isready asks. @throws SocketRefused */
export function postgresAnswers(door: string | { readonly host: string; readonly port: number }, timeoutMs = 1000): Promise<boolean> {
  return new Promise((resolve) => {
    if (typeof door === 'string') assertTrustedSocket(door)
    const options: NetConnectOpts = typeof door === 'string' ? { path: door } : door
    const connection = createConnection(options)
    const finish = (answer: boolean) => {
      connection.destroy()
      resolve(answer)
    }
    connection.setTimeout(timeoutMs, () => finish(false))
    connection.on('error', () => finish(false))
    connection.on('close', () => resolve(false))
    connection.on('connect', () => connection.write(startupPacket()))
    connection.on('data', (data: Buffer) => finish(data[0] === 0x52 || !data.includes('57P03'))) // R = authentication asked; 57P03 = still starting
  })
}

function startupPacket(): Buffer {
  const body = Buffer.from('user\0akko_probe\0database\0postgres\0\0')
  const packet = Buffer.alloc(8 + body.length)
  packet.writeInt32BE(packet.length, 0)
  packet.writeInt32BE(196_608, 4) // protocol 3.0
  body.copy(packet, 8)
  return packet
}
