// Governance: who may see what, and why. Administrators see everybody's rights, anybody else his own.
import { useQuery } from '@tanstack/react-query'
import { Link, useNavigate, useSearch } from '@tanstack/react-router'
import { useCallback, useEffect } from 'react'
import { Access } from '~/features/governance/access'
import { ask } from '~/features/governance/api'
import { Events } from '~/features/governance/events'
import { People } from '~/features/governance/people'
import { PolicyFiles } from '~/features/governance/policy-files'
import { RoleList, Roles } from '~/features/governance/roles'
import type { Go, GovernanceSearch, Tab } from '~/features/governance/search'
import { Failure, SkeletonLines } from '~/ui/states'

const TITLES: readonly (readonly [Tab, string])[] = [
  ['access', 'Access'],
  ['people', 'People'],
  ['roles', 'Roles'],
  ['rules', 'Policy'],
  ['events', 'Who did what'],
]

export function GovernancePage() {
  const mine = useQuery(ask.mine())
  useEffect(() => {
    document.title = 'Governance - AKKO'
  }, [])
  return (
    <div className="h-full overflow-y-auto">
      <div className="mx-auto flex max-w-[96rem] flex-col gap-4 p-4 sm:p-6">
        <h1 className="text-xl">Governance</h1>
        {mine.isPending && <SkeletonLines lines={6} label="Loading your rights" />}
        {mine.isError && !mine.data && (
          <Failure what="Your rights could not be read" error={mine.error} onRetry={() => void mine.refetch()} />
        )}
        {mine.data?.governs && <Whole />}
        {mine.data && !mine.data.governs && (
          <>
            <p className="max-w-prose text-muted">What you may see here, and why. The rights of others are for administrators.</p>
            <RoleList roles={mine.data.roles} />
            <OwnAccess user={mine.data.user} />
          </>
        )}
      </div>
    </div>
  )
}

function useGo(): [GovernanceSearch, Go] {
  const search = useSearch({ from: '/governance' })
  const navigate = useNavigate()
  const go = useCallback<Go>(
    (change) => {
      const next = { ...search, ...change }
      void navigate({ to: '/governance', search: Object.fromEntries(Object.entries(next).filter(([, value]) => value !== undefined)) })
    },
    [search, navigate],
  )
  return [search, go]
}

function OwnAccess({ user }: { user: string }) {
  const [search, go] = useGo()
  return <Access search={search} go={go} self={user} />
}

function Whole() {
  const [search, go] = useGo()
  const { tab = 'access' } = search
  return (
    <>
      <nav aria-label="Governance" className="-mx-1 flex flex-wrap gap-1 border-b border-line pb-2">
        {TITLES.map(([name, title]) => (
          <Link
            key={name}
            to="/governance"
            search={{ tab: name }}
            aria-current={name === tab ? 'page' : undefined}
            className="rounded-md px-3 py-1.5 text-muted hover:bg-raised hover:text-text aria-[current=page]:bg-raised aria-[current=page]:font-semibold aria-[current=page]:text-text"
          >
            {title}
          </Link>
        ))}
      </nav>
      {tab === 'access' && <Access search={search} go={go} />}
      {tab === 'people' && <People search={search} go={go} />}
      {tab === 'roles' && <Roles search={search} go={go} />}
      {tab === 'rules' && <PolicyFiles search={search} go={go} />}
      {tab === 'events' && <Events search={search} go={go} />}
    </>
  )
}
