// A password of a person's: typed at the terminal without being shown, or from standard input; never a word of the command.
import { createInterface } from 'node:readline/promises'
import { Writable } from 'node:stream'
import { text } from 'node:stream/consumers'
import type { Flags } from '#cli/flags'
import { say } from '#cli/output'
import { defineError } from '#kit/errors'
import { Secret } from '#kit/secret'

const NoTerminal = defineError('password.no_terminal', 400, 'there is no terminal to ask for the password', {
  hint: 'give it on standard input, with --password-stdin',
})
const NoPassword = defineError('password.none', 400, 'there is no password', { hint: 'nothing was changed' })
const Different = defineError('password.different', 400, 'the two passwords differ', { hint: 'nothing was changed; try again' })

/** Asked twice at a terminal; of standard input all but the last end of a line. */
export async function newPassword(flags: Flags, user: string): Promise<Secret> {
  const password = flags.passwordStdin === true ? (await text(process.stdin)).replace(/\r?\n$/, '') : await asked(user)
  if (password === '') throw NoPassword()
  return new Secret(password)
}

/** What is typed goes to a stream that shows nothing. */
async function asked(user: string): Promise<string> {
  if (!process.stdin.isTTY) throw NoTerminal()
  const nowhere = new Writable({ write: (_chunk, _encoding, done) => done() })
  const terminal = createInterface({ input: process.stdin, output: nowhere, terminal: true })
  terminal.once('SIGINT', () => process.exit(130))
  const lines = terminal[Symbol.asyncIterator]()
  const next = async (question: string): Promise<string> => {
    process.stderr.write(question)
    const { value, done } = await lines.next()
    say('')
    return done ? '' : value
  }
  try {
    const first = await next(`New password of ${user}: `)
    if (first === '') throw NoPassword()
    if ((await next('The same again: ')) !== first) throw Different()
    return first
  } finally {
    terminal.close()
  }
}
