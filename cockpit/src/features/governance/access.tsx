// Who sees what: personas beside tables, each cell in words; a cell opens why.
import { useQueries, useQuery } from '@tanstack/react-query'
import { Table2 } from 'lucide-react'
import { MOST, type Persona, type SightCounts, seen, type TableForm } from '#wire/governance'
import { ask, TABLES } from '~/features/governance/api'
import type { Go, GovernanceSearch } from '~/features/governance/search'
import { CELL, Find, HEAD, Pager, Wide } from '~/features/governance/ui'
import { Why } from '~/features/governance/why'
import { nameOf, personaOf, personaText, tableOf, tableText } from '~/features/governance/words'
import { cx } from '~/lib/cx'
import { formatCount } from '~/lib/format'
import { useSession } from '~/lib/session'
import { namesQuery } from '~/lib/trino/names'
import { Empty, Failure, SkeletonLines } from '~/ui/states'

/** Personas beside each other. */
const PERSONAS = 8

/** `self`: nobody else's rights are shown. */
export function Access({ search, go, self }: { search: GovernanceSearch; go: Go; self?: string }) {
  const opened = { who: personaOf(search.who), table: tableOf(search.table) }
  const isOpen = opened.who && opened.table
  return (
    <div className={cx('grid gap-6', isOpen && 'lg:grid-cols-[minmax(0,1fr)_24rem]')}>
      <section aria-label="Access" className="flex min-w-0 flex-col gap-2">
        <Choices search={search} go={go} self={self} />
        <Matrix search={search} go={go} self={self} />
      </section>
      {opened.who && opened.table && (
        <Why
          key={`${search.who} ${search.table}`}
          persona={opened.who}
          path={opened.table}
          linked={self === undefined}
          onClose={() => go({ who: undefined, table: undefined })}
        />
      )}
    </div>
  )
}

interface Props {
  readonly search: GovernanceSearch
  readonly go: Go
  readonly self: string | undefined
}

const CHOICE = 'h-8 max-w-full rounded-md border border-line-strong/60 bg-bg px-2'

function Choices({ search, go, self }: Props) {
  const { catalogs, catalog } = useCatalog(search)
  return (
    <div className="flex flex-wrap gap-2">
      <select
        aria-label="Catalogue"
        value={catalog ?? ''}
        onChange={(event) => go({ catalog: event.target.value, from: undefined })}
        className={CHOICE}
      >
        {catalogs.map((name) => (
          <option key={name}>{name}</option>
        ))}
      </select>
      <Find label="Find a table" value={search.find ?? ''} onFind={(text) => go({ find: text || undefined, from: undefined })} />
      {self === undefined && (
        <>
          <select
            aria-label="Whose access"
            value={search.by ?? 'roles'}
            onChange={(event) => go({ by: event.target.value === 'people' ? 'people' : undefined, whom: undefined })}
            className={CHOICE}
          >
            <option value="roles">of roles</option>
            <option value="people">of people</option>
          </select>
          <Find
            label={search.by === 'people' ? 'Find people' : 'Find roles'}
            value={search.whom ?? ''}
            onFind={(text) => go({ whom: text || undefined })}
          />
        </>
      )}
    </div>
  )
}

function useCatalog({ catalog: chosen }: GovernanceSearch) {
  const { user } = useSession()
  const query = useQuery(namesQuery.catalogs(user))
  const catalogs = (query.data ?? []).filter((name) => name !== 'system')
  return { query, catalogs, catalog: chosen ?? catalogs[0] }
}

/** Those that are shown, and how many match. */
function usePersonas({ by, whom = '' }: GovernanceSearch, self: string | undefined) {
  const roles = useQuery({ ...ask.roles(whom, 0), enabled: self === undefined && by === undefined })
  const people = useQuery({ ...ask.people(whom, 0), enabled: self === undefined && by === 'people' })
  if (self !== undefined) return { personas: [{ user: self }] satisfies Persona[], total: 1, error: undefined }
  const { error } = by === 'people' ? people : roles
  if (by === 'people')
    return {
      personas: people.data?.people.slice(0, PERSONAS).map(({ name }): Persona => ({ user: name })),
      total: people.data?.total ?? 0,
      error,
    }
  return {
    personas: roles.data?.roles.slice(0, PERSONAS).map(({ name }): Persona => ({ role: name })),
    total: roles.data?.total ?? 0,
    error,
  }
}

function Matrix({ search, go, self }: Props) {
  const { user } = useSession()
  const { find = '', from = 0 } = search
  const { query: catalogs, catalog } = useCatalog(search)
  const { personas, total, error } = usePersonas(search, self)
  const found = useQuery({ ...ask.tables(user, { catalog: catalog ?? '', text: find, offset: from }), enabled: catalog !== undefined })
  const names = found.data?.slice(0, TABLES) ?? []
  const columns = useQueries({ queries: names.map((name) => namesQuery.columns(user, name)) })
  const isReady = columns.every(({ isPending }) => !isPending)
  const forms = names.flatMap((name, i): TableForm[] => {
    const known = columns[i]?.data
    return known && known.length <= MOST.columns
      ? [{ path: [name.catalog, name.schema, name.table], columns: known.map(({ name: column, type }) => ({ name: column, type })) }]
      : []
  })
  const cells = useQuery({
    ...ask.matrix(personas ?? [], forms),
    enabled: isReady && personas !== undefined && personas.length > 0 && forms.length > 0,
    placeholderData: undefined,
  })
  const failed = [catalogs.error, error, found.error, cells.error].find((one) => one)
  const retry = () => [catalogs, found, cells].filter(({ isError }) => isError).forEach(({ refetch }) => void refetch())
  if (failed) return <Failure what="The rights could not be read" error={failed} onRetry={retry} />
  if (found.data?.length === 0)
    return (
      <Empty icon={Table2} title={find === '' ? `${catalog} holds no table` : 'No table matches'}>
        {self === undefined ? 'Every table and view of the catalogue is found here.' : 'Here is what you may see of the catalogue.'}
      </Empty>
    )
  if (personas?.length === 0) return <p className="py-6 text-muted">Nobody matches</p>
  if (!personas || !cells.data) return <SkeletonLines lines={8} label="Loading the rights" />
  const unread = names.length - forms.length
  return (
    <>
      <Wide label="Rights">
        <table className="border-separate border-spacing-0">
          <caption className="sr-only">What each sees of each table</caption>
          <thead>
            <tr>
              <th scope="col" className={HEAD}>
                Table
              </th>
              {personas.map((persona) => (
                <th key={personaText(persona)} scope="col" className={HEAD}>
                  {nameOf(persona)}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {forms.map(({ path }, row) => (
              <tr key={tableText(path)}>
                <th scope="row" className={cx(CELL, 'min-w-40 text-left font-normal break-all')}>
                  {path[1]}.<span className="font-semibold">{path[2]}</span>
                </th>
                {personas.map((persona, column) => (
                  <Cell
                    key={personaText(persona)}
                    label={`${nameOf(persona)}, ${path[1]}.${path[2]}`}
                    counts={cells.data.cells[column]![row]!}
                    isOpen={search.who === personaText(persona) && search.table === tableText(path)}
                    onOpen={() => go({ who: personaText(persona), table: tableText(path) })}
                  />
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </Wide>
      <Pager
        from={from}
        shown={names.length}
        more={(found.data?.length ?? 0) > TABLES}
        size={TABLES}
        onFrom={(next) => go({ from: next || undefined })}
      />
      <p className="text-xs text-muted">
        By revision {cells.data.revision} of the policy.
        {total > personas.length && ` ${formatCount(personas.length)} of ${formatCount(total)} are shown: find others by name.`}
        {unread > 0 && ` Of ${formatCount(unread)} tables the columns could not be read: they are left out.`}
      </p>
    </>
  )
}

interface CellProps {
  readonly label: string
  readonly counts: SightCounts
  readonly isOpen: boolean
  onOpen(): void
}

function Cell({ label, counts, isOpen, onOpen }: CellProps) {
  const words = [...seen(counts), ...(counts.writes ? ['writes'] : [])]
  return (
    <td className="border-t border-line p-0.5 align-top">
      <button
        type="button"
        onClick={onOpen}
        aria-pressed={isOpen}
        className={cx(
          'flex min-h-8 w-full min-w-24 flex-col items-start rounded-md px-1.5 py-1 text-left hover:bg-raised aria-pressed:bg-raised',
          !counts.reads && 'text-muted',
        )}
      >
        <span className="sr-only">Why {label}: </span>
        {words.map((word) => (
          <span key={word} className={cx('whitespace-nowrap', word === 'writes' && 'text-xs text-muted')}>
            {word}
          </span>
        ))}
      </button>
    </td>
  )
}
