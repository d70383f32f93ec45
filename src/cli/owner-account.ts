// Where a person's programs run as the home's owner: which account is his is asked once, at the start, while the name is still its own.
import { existsSync } from 'node:fs'
import { accountIn } from '#cli/as-user'
import type { SecretStore } from '#kit/secret'
import type { Machine } from '#runtime/machine'
import type { ProgramsPlan } from '#runtime/plan'
import { recordOwner } from '#runtime/supervisor/programs/owner'
import { ownerToken } from '#runtime/tokens'

export async function recordOwnersAccount(machine: Machine, secrets: SecretStore, { users }: Pick<ProgramsPlan, 'users'>): Promise<void> {
  if (users.kind !== 'owner' || existsSync(users.file)) return
  recordOwner(users.file, accountIn(await ownerToken(machine, secrets, users.name)))
}
