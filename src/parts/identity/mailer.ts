// Sends a person a letter, by the SMTP server of the house.
import type { Secret } from '#kit/secret'

export interface SmtpServer {
  readonly host: string
  readonly port: number
  /** `starttls` and `tls` refuse a server whose certificate is not believed. */
  readonly security: 'starttls' | 'tls' | 'none'
  readonly from: string
  /** Certificates of authorities, PEM, in the place of the system's. */
  readonly ca?: string
  readonly login?: { readonly user: string; readonly password: Secret }
}

export interface Letter {
  readonly to: string
  readonly subject: string
  readonly text: string
}

export interface Mailer {
  /** Resolves when the server has taken it. */
  send(letter: Letter): Promise<void>
}

/** For the connection and for each answer; milliseconds. */
const ANSWER_MS = 10_000

/** Asked for its server with each letter: what is given in files may change. */
export function createMailer(server: () => Promise<SmtpServer>): Mailer {
  return {
    send: async ({ to, subject, text }) => {
      const { createTransport } = await import('nodemailer') // few ever send one
      const { host, port, security, from, ca, login } = await server()
      const transport = createTransport({
        ...{ host, port, secure: security === 'tls', requireTLS: security === 'starttls', ignoreTLS: security === 'none' },
        ...{
          connectionTimeout: ANSWER_MS,
          greetingTimeout: ANSWER_MS,
          socketTimeout: ANSWER_MS,
          disableFileAccess: true,
          disableUrlAccess: true,
        },
        ...(ca === undefined ? {} : { tls: { ca } }),
        ...(login === undefined ? {} : { auth: { user: login.user, pass: login.password.reveal() } }),
      })
      try {
        // As an object, an address is one address, whatever is in it.
        await transport.sendMail({ from, to: { name: '', address: to }, subject, text })
      } finally {
        transport.close()
      }
    },
  }
}
