// The spools: one folder per query, the only place that an engine may open. Objects come in as hard links.
import { linkSync, mkdirSync, readdirSync, realpathSync, rmSync } from 'node:fs'
import { mkdir, rm } from 'node:fs/promises'
import { join, sep } from 'node:path'
import { InvalidArgument, NoSuchSpool, OutsideSpool } from '#parts/storage/errors'

export interface Spools {
  /** Makes the folder, or gives the one that is there. */
  open(queryId: string, owner: string): Promise<string>
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
  const owners = new Map<string, string>()
  let links = 0

  const folder = (queryId: string) => {
    if (!/^[A-Za-z0-9_-][A-Za-z0-9._-]{0,127}$/.test(queryId))
      throw InvalidArgument({ reason: 'a query id has 1 to 128 letters, digits or _-.' })
    return join(realRoot, queryId)
  }

  return {
    open: async (queryId, owner) => {
      const path = folder(queryId)
      await mkdir(path, { recursive: true, mode: 0o700 })
      if (!owners.has(queryId)) owners.set(queryId, owner)
      return path
    },
    owner: (queryId) => owners.get(queryId),
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
      await rm(folder(queryId), { recursive: true, force: true })
      owners.delete(queryId)
    },
  }
}
