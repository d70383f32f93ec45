// The policy in force or of a revision: its files with their lines, who put it in force, when and why; what differs from another.
import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { useEffect, useRef } from 'react'
import { MOST, type RevisionLine } from '#wire/governance'
import { ask } from '~/features/governance/api'
import type { Go, GovernanceSearch } from '~/features/governance/search'
import { CELL, DataTable, Pager, Wide } from '~/features/governance/ui'
import { cx } from '~/lib/cx'
import { Section } from '~/ui/section'
import { Failure, SkeletonLines } from '~/ui/states'
import { Ago } from '~/ui/time'

export function PolicyFiles({ search, go }: { search: GovernanceSearch; go: Go }) {
  const { revision, against, at } = search
  const policy = useQuery(ask.policy(revision))
  const [, file, line] = /^(.*):(\d+)$/.exec(at ?? '') ?? []
  return (
    <div className="grid gap-6 lg:grid-cols-[minmax(0,1fr)_26rem]">
      <div className="flex min-w-0 flex-col gap-4">
        {policy.isPending && <SkeletonLines lines={10} label="Loading the policy" />}
        {policy.isError && <Failure what="The policy could not be read" error={policy.error} onRetry={() => void policy.refetch()} />}
        {policy.data && (
          <>
            <p>
              Revision {policy.data.revision}
              {revision === undefined && ', in force'}: {policy.data.reason}
              <span className="text-muted">
                {' '}
                by {policy.data.author}
                {policy.data.at !== '' && (
                  <>
                    , <Ago at={Date.parse(policy.data.at)} />
                  </>
                )}
              </span>
            </p>
            {policy.data.files.map(({ name, text }) => (
              <Source key={name} name={name} text={text} line={name === file ? Number(line) : undefined} />
            ))}
          </>
        )}
      </div>
      <div className="flex min-w-0 flex-col gap-6">
        {against !== undefined && policy.data && <Differences before={against} after={policy.data.revision} />}
        <History search={search} go={go} shown={policy.data?.revision} />
      </div>
    </div>
  )
}

function Source({ name, text, line }: { name: string; text: string; line: number | undefined }) {
  const marked = useRef<HTMLLIElement>(null)
  useEffect(() => {
    if (line !== undefined) marked.current?.scrollIntoView({ block: 'center' })
  }, [line])
  return (
    <Section title={name}>
      <Wide label={`Lines of ${name}`}>
        <ol className="w-max min-w-full py-2 font-mono text-xs">
          {text
            .replace(/\n$/, '')
            .split('\n')
            .map((words, i) => (
              <li
                // biome-ignore lint/suspicious/noArrayIndexKey: a line is its number
                key={i}
                ref={i + 1 === line ? marked : undefined}
                aria-current={i + 1 === line ? 'true' : undefined}
                className={cx('flex gap-4 px-1', i + 1 === line && 'bg-accent-soft')}
              >
                <span className="num w-10 shrink-0 text-muted select-none">{i + 1}</span>
                <span className="whitespace-pre">{words === '' ? ' ' : words}</span>
              </li>
            ))}
        </ol>
      </Wide>
    </Section>
  )
}

function Differences({ before, after }: { before: number; after: number }) {
  const found = useQuery(ask.differences(before, after))
  return (
    <Section title={`From revision ${before} to ${after}`}>
      {found.isPending && <SkeletonLines lines={4} label="Loading what differs" className="px-0" />}
      {found.isError && <Failure compact what="What differs could not be read" error={found.error} onRetry={() => void found.refetch()} />}
      {found.data?.differences.length === 0 && <p className="py-2 text-muted">Both say the same</p>}
      <ul>
        {found.data?.differences.map(({ role, what, before: was, after: is }) => (
          <li key={`${role} ${what}`} className="border-b border-line py-1.5 last:border-b-0">
            <span className="font-semibold break-all">{role}</span> <span className="break-words">{what}</span>
            <span className="block break-words text-muted">
              {was} <span aria-hidden="true">→</span>
              <span className="sr-only">became</span> {is}
            </span>
          </li>
        ))}
      </ul>
    </Section>
  )
}

function History({ search, go, shown }: { search: GovernanceSearch; go: Go; shown: number | undefined }) {
  const { from = 0 } = search
  const history = useQuery(ask.history(from))
  return (
    <Section title="History">
      {history.isPending && <SkeletonLines lines={4} label="Loading the history" className="px-0" />}
      {history.isError && (
        <Failure compact what="The history could not be read" error={history.error} onRetry={() => void history.refetch()} />
      )}
      {history.data && (
        <>
          <DataTable label="Revisions" caption="Policies that were in force, the newest first" titles={['Revision', 'Why', 'Compare']}>
            {history.data.revisions.map((line) => (
              <Revision key={line.revision} line={line} shown={shown} />
            ))}
          </DataTable>
          <Pager
            from={from}
            shown={history.data.revisions.length}
            total={history.data.total}
            size={MOST.events}
            onFrom={(next) => go({ from: next || undefined })}
          />
        </>
      )}
    </Section>
  )
}

function Revision({ line: { revision, at, author, reason }, shown }: { line: RevisionLine; shown: number | undefined }) {
  return (
    <tr>
      <th scope="row" className={cx(CELL, 'text-left')}>
        <Link
          to="/governance"
          search={{ tab: 'rules', revision }}
          aria-current={revision === shown ? 'true' : undefined}
          className="text-accent-text underline"
        >
          {revision}
        </Link>
      </th>
      <td className={cx(CELL, 'min-w-40 break-words')}>
        {reason}
        <span className="block text-muted">
          {author}
          {at !== '' && (
            <>
              , <Ago at={Date.parse(at)} />
            </>
          )}
        </span>
      </td>
      <td className={CELL}>
        {revision !== shown && shown !== undefined && (
          <Link to="/governance" search={{ tab: 'rules', revision: shown, against: revision }} className="text-accent-text underline">
            {revision} with {shown}
          </Link>
        )}
      </td>
    </tr>
  )
}
