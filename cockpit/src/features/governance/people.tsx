// Who has which role: people whose accounts are open, and the programs that have one.
import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { Users } from 'lucide-react'
import { type Holder, MOST } from '#wire/governance'
import { ask } from '~/features/governance/api'
import type { Go, GovernanceSearch } from '~/features/governance/search'
import { CELL, DataTable, Find, Pager } from '~/features/governance/ui'
import { Empty, Failure, SkeletonLines } from '~/ui/states'

export function People({ search, go }: { search: GovernanceSearch; go: Go }) {
  const { find = '', from = 0 } = search
  const people = useQuery(ask.people(find, from))
  return (
    <section aria-label="People" className="flex flex-col gap-2">
      <Find label="Find a person or a role" value={find} onFind={(text) => go({ find: text || undefined, from: undefined })} />
      {people.isPending && <SkeletonLines lines={6} label="Loading the people" />}
      {people.isError && <Failure what="The people could not be read" error={people.error} onRetry={() => void people.refetch()} />}
      {people.data?.total === 0 && (
        <Empty icon={Users} title="Nobody matches">
          Accounts that are disabled are not here: see ./akko user list
        </Empty>
      )}
      {people.data && people.data.total > 0 && (
        <>
          <DataTable label="People and their roles" caption="People and their roles" titles={['Name', 'Roles', 'See']}>
            {people.data.people.map((holder) => (
              <Line key={holder.name} holder={holder} />
            ))}
          </DataTable>
          <Pager
            from={from}
            shown={people.data.people.length}
            total={people.data.total}
            size={MOST.people}
            onFrom={(next) => go({ from: next || undefined })}
          />
        </>
      )}
    </section>
  )
}

function Line({ holder: { name, roles, service } }: { holder: Holder }) {
  return (
    <tr>
      <th scope="row" className={`${CELL} text-left break-all`}>
        {name} {service && <span className="rounded-md border border-line px-1.5 text-xs font-normal text-muted">service account</span>}
      </th>
      <td className={CELL}>
        {roles.length === 0 && <span className="text-muted">no role</span>}
        <ul className="flex flex-wrap gap-x-3">
          {roles.map((role) => (
            <li key={role}>
              <Link to="/governance" search={{ tab: 'roles', find: role }} className="text-accent-text underline">
                {role}
              </Link>
            </li>
          ))}
        </ul>
      </td>
      <td className={CELL}>
        <span className="flex flex-wrap gap-x-3">
          <Link to="/governance" search={{ tab: 'access', by: 'people', whom: name }} className="text-accent-text underline">
            access
          </Link>
          <Link to="/governance" search={{ tab: 'events', find: name }} className="text-accent-text underline">
            events
          </Link>
        </span>
      </td>
    </tr>
  )
}
