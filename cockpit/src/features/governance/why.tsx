// One cell opened: which rule, file and line decided, how each column is shown, which rows are.
import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { X } from 'lucide-react'
import { useEffect, useRef } from 'react'
import type { Persona, TableForm, WhyAnswer } from '#wire/governance'
import { ask } from '~/features/governance/api'
import { nameOf, tableText } from '~/features/governance/words'
import { own } from '~/lib/own'
import { useSession } from '~/lib/session'
import { namesQuery } from '~/lib/trino/names'
import { IconButton } from '~/ui/button'
import { CopyText } from '~/ui/copy'
import { Section } from '~/ui/section'
import { Failure, SkeletonLines } from '~/ui/states'

interface WhyProps {
  readonly persona: Persona
  readonly path: readonly [string, string, string]
  /** For who may see the policy's files, and the audit. */
  readonly linked: boolean
  onClose(): void
}

export function Why({ persona, path, linked, onClose }: WhyProps) {
  const { user } = useSession()
  const [catalog, schema, table] = path
  const columns = useQuery(namesQuery.columns(user, { catalog, schema, table }))
  const form: TableForm = { path, columns: (columns.data ?? []).map(({ name, type }) => ({ name, type })) }
  const why = useQuery({ ...ask.why(persona, form), enabled: columns.isSuccess })
  const heading = useRef<HTMLHeadingElement>(null)
  useEffect(() => heading.current?.focus(), [])
  const error = columns.error ?? why.error
  return (
    <aside aria-label="Why" className="flex min-w-0 flex-col gap-4 max-lg:order-first lg:border-l lg:border-line lg:pl-6">
      <header className="flex items-start justify-between gap-2">
        <h2 ref={heading} tabIndex={-1} className="min-w-0 text-lg break-words outline-none">
          {nameOf(persona)} and {path.join('.')}
        </h2>
        <IconButton label="Close" onClick={onClose}>
          <X aria-hidden="true" className="size-4" />
        </IconButton>
      </header>
      {error && (
        <Failure compact what="Why could not be read" error={error} onRetry={() => void (columns.error ? columns : why).refetch()} />
      )}
      {!error && !why.data && <SkeletonLines lines={5} label="Loading why" className="px-0" />}
      {why.data && <Answer answer={why.data} form={form} linked={linked} />}
      {linked && (
        <p className="flex flex-wrap gap-x-4">
          <Link to="/governance" search={{ tab: 'events', table: tableText(path) }} className="text-accent-text underline">
            Who did what with it
          </Link>
          <CopyText text={commandOf(persona, path)} what="Command" label="Copy as command" />
        </p>
      )}
    </aside>
  )
}

const commandOf = (persona: Persona, path: readonly string[]): string =>
  `./akko policy why ${'user' in persona ? `${persona.user} ` : ''}${path.join('.')}${'role' in persona ? ` --role ${persona.role}` : ''}`

function Answer({ answer, form, linked }: { answer: WhyAnswer; form: TableForm; linked: boolean }) {
  const { reads, writes, reason, roles, rowFilters, because, masks, hidden, part } = answer
  const hiddenNames = new Set(hidden)
  return (
    <>
      <div>
        <p className="font-semibold">
          {reads ? `May read${writes ? ' and change it' : ''}` : `May not read it${writes ? ', and may change it' : ''}`}
        </p>
        {reason && <p className="text-muted">{reason}</p>}
        <p className="text-muted">{roles.length === 0 ? 'No role' : `By ${roles.join(', ')}`}</p>
        {part && hidden.length === 0 && <p className="text-muted">Some columns of it only: those that are listed here</p>}
        {rowFilters.map((filter) => (
          <p key={filter}>
            Only rows where <code className="font-mono text-xs break-words">{filter}</code>
          </p>
        ))}
      </div>
      {reads && form.columns.length > 0 && (
        <Section title="Columns">
          <ul>
            {form.columns.map(({ name }) => (
              <li key={name} className="flex flex-wrap items-baseline justify-between gap-x-3 border-b border-line py-1 last:border-b-0">
                <span className="font-mono text-xs break-all">{name}</span>
                {hiddenNames.has(name) ? (
                  <span className="text-muted">cannot be selected</span>
                ) : own(masks, name) === undefined ? (
                  <span className="text-muted">clear</span>
                ) : (
                  <span className="min-w-0 break-words">
                    as <code className="font-mono text-xs">{own(masks, name)}</code>
                  </span>
                )}
              </li>
            ))}
          </ul>
        </Section>
      )}
      <Section title="Because of">
        {because.length === 0 && <p className="py-2 text-muted">No rule of the policy speaks of it, and what no rule allows is denied</p>}
        <ul>
          {because.map(({ rule, says, at }) => (
            <li key={rule} className="border-b border-line py-1.5 last:border-b-0">
              <span className="block font-mono text-xs break-all">{rule}</span>
              <span className="block break-words text-muted">{says}</span>
              {linked ? (
                <Link to="/governance" search={{ tab: 'rules', at }} className="font-mono text-xs text-accent-text underline">
                  {at}
                </Link>
              ) : (
                <span className="font-mono text-xs">{at}</span>
              )}
            </li>
          ))}
        </ul>
      </Section>
    </>
  )
}
