// Whether a process answers: our own control protocol, or a PostgreSQL server's first word.
import { createConnection, type NetConnectOpts } from 'node:net'
import { assertTrustedSocket } from '#kit/private-folder'

type Door = string | { readonly host: string; readonly port: number }

/** The same question as pg_isready asks. @throws SocketRefused */
export async function postgresAnswers(door: Door, timeoutMs?: number): Promise<boolean> {
  const word = await firstWord(door, timeoutMs)
  return word !== undefined && (word[0] === 0x52 || !word.includes('57P03')) // R = authentication asked; 57P03 = still starting
}

/** Whether it takes nobody more, whoever comes (53300). @throws SocketRefused */
export async function postgresIsFull(door: Door, timeoutMs?: number): Promise<boolean> {
  return (await firstWord(door, timeoutMs))?.includes('53300') === true
}

/** Sends a start-up packet and reads what comes first. */
function firstWord(door: Door, timeoutMs = 1000): Promise<Buffer | undefined> {
  return new Promise((resolve) => {
    if (typeof door === 'string') assertTrustedSocket(door)
    const options: NetConnectOpts = typeof door === 'string' ? { path: door } : door
    const connection = createConnection(options)
    const finish = (answer?: Buffer) => {
      connection.destroy()
      resolve(answer)
    }
    connection.setTimeout(timeoutMs, () => finish())
    connection.on('error', () => finish())
    connection.on('close', () => resolve(undefined))
    connection.on('connect', () => connection.write(startupPacket()))
    connection.on('data', finish)
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
