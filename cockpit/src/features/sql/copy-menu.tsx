// The result as CSV, JSON or Markdown: to the clipboard or into a file.
import { ChevronDown, Copy, Download } from 'lucide-react'
import { DropdownMenu } from 'radix-ui'
import type { StatementRun } from '~/features/sql/runs'
import { announce, copyText } from '~/lib/announce'
import { plural } from '~/lib/format'
import { toCsv, toJson, toMarkdown } from '~/lib/sql/export'
import { Button } from '~/ui/button'

const FORMATS = [
  { name: 'CSV', write: toCsv, file: 'result.csv', mime: 'text/csv' },
  { name: 'JSON', write: toJson, file: 'result.json', mime: 'application/json' },
  { name: 'Markdown', write: toMarkdown, file: 'result.md', mime: 'text/markdown' },
] as const

const ITEM = 'flex h-8 items-center gap-2.5 rounded-md px-2 outline-none data-highlighted:bg-raised'

export function CopyMenu({ run }: { run: StatementRun }) {
  const rows = () => run.rows.slice(0, run.rowCount)
  const download = (format: (typeof FORMATS)[number]) => {
    const url = URL.createObjectURL(new Blob([format.write(run.columns, rows())], { type: format.mime }))
    const link = document.createElement('a')
    link.href = url
    link.download = format.file
    link.click()
    URL.revokeObjectURL(url)
    announce(`${format.file} saved`)
  }
  return (
    <DropdownMenu.Root modal={false}>
      <DropdownMenu.Trigger asChild>
        <Button look="quiet" disabled={run.columns.length === 0} className="h-7 px-2">
          <Copy aria-hidden="true" className="size-3.5" />
          <span className="max-sm:sr-only">Copy</span>
          <ChevronDown aria-hidden="true" className="size-3.5" />
        </Button>
      </DropdownMenu.Trigger>
      <DropdownMenu.Portal>
        <DropdownMenu.Content
          align="end"
          sideOffset={4}
          className="z-40 w-52 rounded-lg border border-line bg-surface p-1.5 shadow-(--shadow)"
        >
          <DropdownMenu.Label className="px-2 py-1 text-xs text-muted">{plural(run.rowCount, 'row')}</DropdownMenu.Label>
          {FORMATS.map((format) => (
            <DropdownMenu.Item
              key={format.name}
              onSelect={() => void copyText(format.write(run.columns, rows()), format.name)}
              className={ITEM}
            >
              <Copy aria-hidden="true" className="size-4 text-muted" />
              Copy as {format.name}
            </DropdownMenu.Item>
          ))}
          <DropdownMenu.Separator className="my-1 h-px bg-line" />
          {FORMATS.map((format) => (
            <DropdownMenu.Item key={format.name} onSelect={() => download(format)} className={ITEM}>
              <Download aria-hidden="true" className="size-4 text-muted" />
              Save {format.name} file
            </DropdownMenu.Item>
          ))}
        </DropdownMenu.Content>
      </DropdownMenu.Portal>
    </DropdownMenu.Root>
  )
}
