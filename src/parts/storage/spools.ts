// The spools: one folder per query, below one per tenant, which is all that the tenant's engine may open. Objects come in as hard links.
import { linkSync, mkdirSync, readdirSync, realpathSync, rmdirSync, rmSync } from 'node:fs'
import { mkdir, rm } from 'node:fs/promises'
import { dirname, join, sep } from 'node:path'
import { InvalidArgument, NoSuchSpool, OutsideSpool } from '#parts/storage/errors'

export interface Spools {
  /** Makes the folder, or gives the one that is there. `tenant` is who may see each other's spools: a folder's name, 1 to 128 of [A-Za-z0-9_-]. */
  open(queryId: string, owner: string, tenant: string): Promise<string>
  /** Who opened it; undefined when nobody did. */
  owner(queryId: string): string | undefined
  /** Links a file into the folder at once (no other request comes between); gives its path there. */
  link(queryId: string, from: string, extension: string): string
  /** The real path of a file that the query wrote. Throws OutsideSpool. */
  inside(queryId: string, path: string): string
  close(queryId: string): Promise<void>
}

/** Leases do not outlive the process: what an earlier one left is removed. */
export function openSpools(root: string): Spools {
  for (const name of readdirSync(root)) rmSync(join(root, name), { recursive: true, force: true })
  const realRoot = realpathSync(root)
  const opened = new Map<string, { readonly owner: string; readonly path: string }>()
  let links = 0

  const folder = (queryId: string): string => {
    const path = opened.get(queryId)?.path
    if (path === undefined) throw NoSuchSpool({ query: queryId })
    return path
  }

  return {
    open: async (queryId, owner, tenant) => {
      if (!/^[A-Za-z0-9_-][A-Za-z0-9._-]{0,127}$/.test(queryId))
        throw InvalidArgument({ reason: 'a query id has 1 to 128 letters, digits or _-.' })
      if (!/^[\w-]{1,128}$/.test(tenant)) throw new Error('a tenant has 1 to 128 letters, digits, _ or -')
      const path = opened.get(queryId)?.path ?? join(realRoot, tenant, queryId)
      opened.set(queryId, opened.get(queryId) ?? { owner, path })
      await mkdir(path, { recursive: true, mode: 0o700 })
      return path
    },
    owner: (queryId) => opened.get(queryId)?.owner,
    link: (queryId, from, extension) => {
      const leases = join(folder(queryId), 'leases')
      try {
        mkdirSync(leases, { mode: 0o700 })
      } catch (error) {
        const { code } = error as NodeJS.ErrnoException
        if (code === 'ENOENT') throw NoSuchSpool({ query: queryId }, error)
        if (code !== 'EEXIST') throw error
      }
      const path = join(leases, `${++links}${extension}`)
      linkSync(from, path)
      return path
    },
    inside: (queryId, path) => {
      const base = folder(queryId) + sep
      let real: string
      try {
        real = realpathSync(path)
      } catch (error) {
        throw OutsideSpool({ path }, error)
      }
      if (!real.startsWith(base) || real.startsWith(`${base}leases${sep}`)) throw OutsideSpool({ path })
      return real
    },
    close: async (queryId) => {
      const path = opened.get(queryId)?.path
      if (path === undefined) return
      await rm(path, { recursive: true, force: true })
      opened.delete(queryId)
      // The tenant's folder goes with its last query, at once: one that is being opened is among those that are.
      const tenant = dirname(path)
      if ([...opened.values()].some((other) => dirname(other.path) === tenant)) return
      try {
        rmdirSync(tenant)
      } catch {
        // Something is left in it: removed at the next start.
      }
    },
  }
}
