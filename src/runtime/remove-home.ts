// What a platform keeps, on all its places: for who is done with one.
import { existsSync, rmSync } from 'node:fs'
import { dirname } from 'node:path'
import { postgresFolders, serviceUser } from '#parts/postgresql/index'
import { SERVERS } from './postgres.ts'

/** Removes the home of a stopped platform with what lies outside of it: PostgreSQL's data of a platform that root started, and sockets. */
export async function removeHome(home: string): Promise<void> {
  if (!existsSync(home)) return
  const runAs = await serviceUser()
  const folders = SERVERS.map((server) => postgresFolders(home, server, runAs))
  // All sockets of a home, PostgreSQL's and the cells', lie in one folder.
  const paths = folders.flatMap((f) => [dirname(f.dataDir), dirname(f.socketDir)])
  for (const path of new Set([...paths, home])) rmSync(path, { recursive: true, force: true })
}
