// akko config: each value and where it came from.
import type { Flags } from '#cli/flags'
import { printJson, printTable } from '#cli/output'
import { configJsonSchema, printSetting } from '#platform/config'
import type { Machine } from '#runtime/machine'

export async function config(machine: Machine, flags: Flags): Promise<void> {
  if (flags.schema) return printJson(configJsonSchema())
  const origins = machine.origins.map((o) => ({ key: o.path, value: o.value ?? null, origin: o.origin }))
  if (flags.json) return printJson({ home: machine.home, file: machine.paths.config, settings: origins })
  printTable(
    ['KEY', 'VALUE', 'FROM', 'MEANING'],
    machine.origins.map((o) => [o.path, printSetting(o.value), o.origin, o.description]),
  )
}
