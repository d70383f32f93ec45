// What a role may, in words: of the command line and of the portal.
import type { Grant, RoleGrants } from '#kit/access-model'
import type { RoleLine } from '#wire/governance'

export function wordsOf({ all, read = [], write = [], clear, filtered, buckets = [], grants = {} }: RoleGrants): RoleLine[] {
  if (all) return [{ what: 'may', text: 'everything' }]
  const granted = Object.entries(grants).flatMap(([kind, actions]) =>
    Object.entries(actions).map(([action, names = []]) => `${action} ${kind} ${names.join(' ')}`),
  )
  return [
    { what: 'reads', text: read.map(textOfGrant).join(' ') },
    { what: 'writes', text: write.map(textOfGrant).join(' ') },
    { what: 'sees', text: [personal(clear), filtered ? 'marked rows only' : 'all rows'].join(', ') },
    { what: 'buckets', text: buckets.join(' ') },
    { what: 'may', text: granted.join(', ') },
  ].filter(({ text }) => text !== '')
}

const personal = (clear: RoleGrants['clear']): string =>
  clear === true ? 'personal data as it is' : clear ? `personal data masked but ${clear.join(', ')}` : 'personal data masked'

const textOfGrant = (grant: Grant): string =>
  typeof grant === 'string' ? grant : `${grant.table}${grant.columns ? `(${grant.columns.join(', ')})` : ''}`
