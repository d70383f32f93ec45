// akko group: groups of people, which their tokens name, with the rights of who asks.
import { peopleOf } from '#cli/commands/user'
import type { Flags } from '#cli/flags'
import { printJson, printTable, say } from '#cli/output'
import { defineError } from '#kit/errors'
import { requireRunning } from '#runtime/client'
import type { Machine } from '#runtime/machine'

const GroupUsage = defineError('group.usage', 400, '{problem}', {
  hint: 'akko group ls | create GROUP | rm GROUP | add GROUP NAME | remove GROUP NAME',
})

export async function group(machine: Machine, flags: Flags, verb: string, name?: string, user?: string): Promise<void> {
  await requireRunning(machine)
  const people = await peopleOf(machine, flags)
  const tell = (result: object, text: string) => (flags.json ? printJson(result) : say(text))
  if (verb === 'ls' || verb === 'list') {
    const groups = await people.groups()
    return flags.json
      ? printJson({ groups })
      : printTable(
          ['GROUP'],
          groups.map((each) => [each]),
        )
  }
  if (!['create', 'rm', 'add', 'remove'].includes(verb)) throw GroupUsage({ problem: `there is no "group ${verb}"` })
  if (!name) throw GroupUsage({ problem: `group ${verb} takes a GROUP` })
  if (verb === 'create') {
    await people.createGroup(name)
    return tell({ created: name }, `made the group ${name}`)
  }
  if (verb === 'rm') {
    await people.removeGroup(name)
    return tell({ removed: name }, `removed the group ${name}`)
  }
  if (!user) throw GroupUsage({ problem: `group ${verb} takes a GROUP and the NAME of a person` })
  const joins = verb === 'add'
  await people.changeMember(name, user.toLowerCase(), joins)
  tell({ group: name, [joins ? 'added' : 'removed']: user.toLowerCase() }, `${user} is ${joins ? 'in' : 'not in'} the group ${name}`)
}
