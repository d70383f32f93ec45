// How the terminal tells a moment.
import { afterEach, expect, it, vi } from 'vitest'
import { moment, printError, printTable, say, speakOf } from '#cli/output'
import { defineError } from '#kit/errors'

afterEach(() => {
  speakOf(undefined)
  vi.restoreAllMocks()
})

it('commands that a message names are for the home of --home', () => {
  const said: string[] = []
  vi.spyOn(process.stderr, 'write').mockImplementation((text) => said.push(String(text)) > 0)
  const NotThere = defineError('test.not_there', 404, 'no platform runs', {
    hint: 'start it with `akko up`, see `./akko doctor`; not `akkordeon x`',
  })
  printError(NotThere(), false)
  speakOf('/srv/b c')
  printError(NotThere(), false)
  say('`akko logout --all`')
  expect(said).toEqual([
    'akko: no platform runs\n  start it with `akko up`, see `./akko doctor`; not `akkordeon x`\n',
    "akko: no platform runs\n  start it with `akko --home '/srv/b c' up`, see `./akko --home '/srv/b c' doctor`; not `akkordeon x`\n",
    "`akko --home '/srv/b c' logout --all`\n",
  ])
})

it('a moment has its day and its zone, whatever the terminal speaks', () => {
  expect(moment(Date.UTC(2026, 10, 28, 21, 5, 7, 890))).toBe('2026-11-28T21:05:07Z')
})

it('what would move the cursor or colour the terminal is written out: names and cells are other people’s', () => {
  const said: string[] = []
  vi.spyOn(process.stderr, 'write').mockImplementation((text) => said.push(String(text)) > 0)
  vi.spyOn(process.stdout, 'write').mockImplementation((text) => said.push(String(text)) > 0)
  say('no column a\u001b[31mR\r\nbut\tb')
  printTable(['na\u001bme'], [['x\u009b2J'], ['é']])
  expect(said).toEqual(['no column a\\x1b[31mR\\x0d\nbut\tb\n', 'na\\x1bme\n--------\n', 'x\\x9b2J\n', 'é\n'])
})
