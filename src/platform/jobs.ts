// What the declarations of init jobs have in common.
import type { Kind, Resource } from '#platform/resources'
import type { Job } from '#platform/service'

/** Resources of these kinds, wherever they are declared. */
export const ofKinds =
  (...kinds: readonly Kind[]) =>
  (r: Resource): boolean =>
    kinds.includes(r.kind)

/** What a PostgreSQL server holds: databases and roles of all services that keep theirs there. */
export function postgresJob(server: string, job: Pick<Job, 'name' | 'title' | 'toggle'>): Job {
  return { ...job, needs: [server], selects: (r) => 'server' in r && r.server === server }
}
