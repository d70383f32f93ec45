// Names of groups that are made for values: `bi-${toolname}`.

const VARIABLE = /\$\{(\w+)\}/g

export const USER = 'USER'
export const SOURCE = 'SOURCE'

/** Names of groups, from the root down. */
export const segmentsOf = (group: string): readonly string[] => group.split('.')

export const variablesOf = (name: string): readonly string[] => [...name.matchAll(VARIABLE)].map(([, variable]) => variable as string)

export function expand(name: string, values: ReadonlyMap<string, string>): string {
  return name.replaceAll(VARIABLE, (_, variable: string) => values.get(variable) ?? '')
}
