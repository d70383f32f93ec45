// Each role of the policy in words: what it reads, writes, and sees clear or masked.
import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { Users } from 'lucide-react'
import { MOST, type RoleWords } from '#wire/governance'
import { ask } from '~/features/governance/api'
import type { Go, GovernanceSearch } from '~/features/governance/search'
import { Find, Pager } from '~/features/governance/ui'
import { plural } from '~/lib/format'
import { Empty, Failure, SkeletonLines } from '~/ui/states'

export function Roles({ search, go }: { search: GovernanceSearch; go: Go }) {
  const { find = '', from = 0 } = search
  const roles = useQuery(ask.roles(find, from))
  return (
    <section aria-label="Roles" className="flex flex-col gap-2">
      <Find label="Find a role" value={find} onFind={(text) => go({ find: text || undefined, from: undefined })} />
      {roles.isPending && <SkeletonLines lines={6} label="Loading the roles" />}
      {roles.isError && <Failure what="The roles could not be read" error={roles.error} onRetry={() => void roles.refetch()} />}
      {roles.data?.total === 0 && (
        <Empty icon={Users} title="No role matches">
          Try another word.
        </Empty>
      )}
      {roles.data && (
        <>
          <RoleList roles={roles.data.roles} counts={new Map(roles.data.roles.map(({ name, people }) => [name, people]))} linked />
          <Pager
            from={from}
            shown={roles.data.roles.length}
            total={roles.data.total}
            size={MOST.roles}
            onFrom={(next) => go({ from: next || undefined })}
          />
        </>
      )}
    </section>
  )
}

/** `linked`: for who may see the policy's files, and who has a role. */
export function RoleList({
  roles,
  counts,
  linked,
}: {
  roles: readonly RoleWords[]
  counts?: ReadonlyMap<string, number>
  linked?: boolean
}) {
  if (roles.length === 0 && !linked) return <p>You have no role on this platform: ask an administrator for one.</p>
  return (
    <ul className="flex flex-col">
      {roles.map(({ name, lines, at }) => (
        <li key={name} className="border-b border-line py-3">
          <div className="flex flex-wrap items-baseline gap-x-4">
            <h2 className="break-all">{name}</h2>
            {counts && (
              <Link to="/governance" search={{ tab: 'people', find: name }} className="text-accent-text underline">
                {plural(counts.get(name) ?? 0, 'holder')}
              </Link>
            )}
            {at !== undefined && linked && (
              <Link to="/governance" search={{ tab: 'rules', at }} className="font-mono text-xs text-accent-text underline">
                {at}
              </Link>
            )}
          </div>
          {lines.length === 0 && <p className="text-muted">The policy in force gives it nothing</p>}
          <dl className="mt-1 grid grid-cols-[5rem_minmax(0,1fr)] gap-y-0.5">
            {lines.map(({ what, text }) => (
              <div key={what} className="contents">
                <dt className="text-muted">{what}</dt>
                <dd className="break-words">{text}</dd>
              </div>
            ))}
          </dl>
        </li>
      ))}
    </ul>
  )
}
