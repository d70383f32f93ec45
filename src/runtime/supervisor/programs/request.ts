// What a cell may ask to have run, checked word by word before anything is started.
import { isAbsolute, join } from 'node:path'
import { own } from '#kit/own'
import type { Program, RunRequest } from '#kit/programs'
import { BadRun, ProgramUnknown } from '#runtime/supervisor/programs/errors'

export const LARGEST_REQUEST = 256 * 1024
const MOST_WORDS = 512
const LONGEST_TEXT = 255

export type CheckedRun = RunRequest & { readonly cwd: string; readonly declared: Program }

/** @throws BadRun, ProgramUnknown */
export function readRequest(text: string, declared: Readonly<Record<string, Program>>): CheckedRun {
  const body = parse(text)
  const { person, program, args, env, cwd = '.' } = body
  if (!isObject(person) || !isName(person.account) || !isName(person.name)) throw BadRun({ problem: 'person is no account with its name' })
  if (!isName(program)) throw BadRun({ problem: 'program is no name' })
  const found = own(declared, program)
  if (!found) throw ProgramUnknown({ program, declared: Object.keys(declared).join(', ') })
  if (!Array.isArray(args) || args.length > MOST_WORDS || !args.every(isWord)) throw BadRun({ problem: 'args is no list of words' })
  if (!isObject(env) || Object.keys(env).length > MOST_WORDS) throw BadRun({ problem: 'env is no map of texts' })
  for (const [name, value] of Object.entries(env)) {
    if (!/^[A-Za-z_][A-Za-z0-9_]*$/.test(name) || name.startsWith('__akko'))
      throw BadRun({ problem: 'a name of env is no name of a variable' })
    if (!isWord(value) || /[\r\n]/.test(value)) throw BadRun({ problem: `the variable ${name} is no text of one line` })
  }
  if (!isWord(cwd) || !isBelow(cwd)) throw BadRun({ problem: 'cwd is no path below the person’s folder' })
  const { account, name } = person as { account: string; name: string }
  return { program, person: { account, name }, args, env: env as Record<string, string>, cwd, declared: found }
}

function parse(text: string): Record<string, unknown> {
  try {
    const body: unknown = JSON.parse(text)
    if (isObject(body)) return body
  } catch {
    // said below
  }
  throw BadRun({ problem: 'the body is no JSON object' })
}

const isObject = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null && !Array.isArray(value)
const isWord = (value: unknown): value is string => typeof value === 'string' && !value.includes('\0')
const isName = (value: unknown): value is string => isWord(value) && value !== '' && value.length <= LONGEST_TEXT

/** By its words; what links there lead to, the kernel asks the person's own rights for. */
function isBelow(path: string): boolean {
  return !isAbsolute(path) && `${join('/folder', path)}/`.startsWith('/folder/')
}
