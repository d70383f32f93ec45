// akko storage key create|list|revoke: S3 keys for scripts, each limited to its buckets and to what its owner may do.
import { accountIn, rolesIn, tokenFor } from '#cli/as-user'
import type { Flags } from '#cli/flags'
import { printJson, printTable, say } from '#cli/output'
import { StorageUsage } from '#cli/storage/place'
import { defineError } from '#kit/errors'
import { resourcesOf } from '#platform/registry'
import { personalKey } from '#runtime/key-owners'
import type { Machine } from '#runtime/machine'
import { createFileSecretStore } from '#runtime/secrets'
import { createKey, listKeys, revokeKey } from '#runtime/user-keys'

const Declared = defineError('storage.declared_key', 409, 'the key {name} belongs to a part of the platform', {
  hint: 'revoke only keys that you made; see `akko storage key list`',
})

export async function keys(machine: Machine, flags: Flags, verb = '', name?: string): Promise<void> {
  if (!['create', 'list', 'revoke'].includes(verb)) throw StorageUsage({ problem: `there is no "storage key ${verb}"` })
  const secrets = createFileSecretStore(machine.paths.secrets)
  const token = await tokenFor(machine, flags)
  const asker = { username: token.user, account: accountIn(token), roles: rolesIn(token) }
  const declared = new Set(resourcesOf(machine.site).flatMap((r) => (r.kind === 'key' ? [r.name] : [])))
  if (verb === 'list') {
    const seen = await listKeys(machine, secrets, asker)
    return flags.json ? printJson({ keys: seen.map((key) => listed(key, declared)) }) : show(seen, declared)
  }
  if (!name || !/^[\w+=,.@-]{1,64}$/.test(name))
    throw StorageUsage({ problem: 'a key needs a name of at most 64 letters, digits and + = , . @ _ -' })
  if (declared.has(name)) throw Declared({ name })
  if (verb === 'create' && name.startsWith(personalKey('')))
    throw StorageUsage({ problem: `${personalKey('')}NAME is the name of a person’s own key` })
  if (verb === 'revoke') {
    await revokeKey(machine, secrets, asker, name)
    if (flags.json) printJson({ revoked: name })
    else say(`revoked ${name}`)
    return
  }
  const buckets = Array.isArray(flags.bucket) ? (flags.bucket as string[]) : []
  if (buckets.length === 0) throw StorageUsage({ problem: 'a key needs at least one --bucket' })
  const mode = flags.readOnly ? ('read' as const) : ('write' as const)
  const wanted = { name, buckets: buckets.map((bucket) => ({ name: bucket, mode })) }
  const key = await createKey(machine, secrets, wanted, asker)
  if (flags.json)
    return printJson({
      ...{ name, owner: token.user, accessKeyId: key.id, secretAccessKey: key.secret.reveal(), buckets },
      ...(key.existed ? { existed: true } : {}),
    })
  if (key.existed) say(`${name} is there already: it keeps its secret, and covers these buckets from now on`)
  process.stdout.write(
    `access key  ${key.id}\nsecret key  ${key.secret.reveal()}\nbuckets     ${buckets.join(', ')}${flags.readOnly ? ' (reading only)' : ''}
owner       ${token.user}: it opens what the roles of ${token.user} allow at the time, and nothing once the account is disabled\n`,
  )
}

type Listed = Awaited<ReturnType<typeof listKeys>>[number]

function listed({ name, accessKeyIds, owner }: Listed, declared: ReadonlySet<string>): object {
  return { name, accessKeyIds, declared: declared.has(name), ...(owner === undefined ? {} : { owner }) }
}

function show(keys: readonly Listed[], declared: ReadonlySet<string>): void {
  printTable(
    ['NAME', 'ACCESS KEYS', 'OWNER'],
    keys.map((key) => [key.name, key.accessKeyIds.join(', '), declared.has(key.name) ? 'the platform' : (key.owner ?? 'nobody')]),
  )
  say('a key opens what its owner’s roles allow at the time; one that nobody owns opens its buckets until it is revoked')
}
