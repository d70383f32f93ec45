// Who may do what with a report: its author, whom he names as readers, and whoever the policy allows.
import { type Authoriser, attempt, authorise, type Caller, decide, ownerFor, type Resource } from '#kit/access'
import { NoSuchReport } from '#parts/docs/errors'
import type { Report } from '#parts/docs/ports'

const resource = (caller: Caller, { slug, author, account }: Pick<Report, 'slug' | 'author' | 'account'>): Resource => ({
  kind: 'report',
  path: [slug, ownerFor(caller, { sub: author, account })],
})

/** A reader whom the report names holds that as a credential of his own; the policy weighs it. */
function asReader(caller: Caller, report: Report): Caller {
  const named = [`user:${caller.sub}`, ...caller.roles.map((role) => `role:${role}`)].some((name) => report.readers.includes(name))
  if (!named) return caller
  const given = { kind: 'report', path: resource(caller, report).path, actions: ['list', 'read'] } as const
  return { ...caller, entitlements: [...(caller.entitlements ?? []), given] }
}

export async function mayRead(authoriser: Authoriser, caller: Caller, report: Report): Promise<boolean> {
  return (await decide(authoriser, asReader(caller, report), 'read', resource(caller, report))).allow
}

/** The report, for who may read it; for others it is not there. */
export async function readable(authoriser: Authoriser, caller: Caller, report: Report | undefined, slug: string): Promise<Report> {
  if (report && (await attempt(authoriser, asReader(caller, report), 'read', resource(caller, report))).allow) return report
  throw NoSuchReport({ slug })
}

export async function mustCreate(authoriser: Authoriser, caller: Caller, slug: string): Promise<void> {
  await authorise(authoriser, caller, 'create', resource(caller, { slug, author: caller.sub, account: caller.account }))
}

export async function mustChange(
  authoriser: Authoriser,
  caller: Caller,
  report: Report,
  action: 'write' | 'manage' | 'drop',
): Promise<void> {
  await authorise(authoriser, caller, action, resource(caller, report))
}
