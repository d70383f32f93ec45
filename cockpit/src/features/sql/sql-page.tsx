// SQL: catalogue tree, editor, output. Three panes beside each other; on a phone, one at a time.
import { useEffect, useRef, useState } from 'react'
import { Editor } from '~/features/sql/editor'
import { Output } from '~/features/sql/output'
import { TabStrip } from '~/features/sql/tab-strip'
import { Toolbar } from '~/features/sql/toolbar'
import { CatalogTree, type TreeHandle } from '~/features/sql/tree'
import { useWorkbench, type Workbench } from '~/features/sql/use-workbench'
import { cx } from '~/lib/cx'
import { useMedia } from '~/lib/media'
import { Splitter, usePaneSize } from '~/ui/splitter'

type Pane = 'tables' | 'editor' | 'output'

export function SqlPage() {
  const bench = useWorkbench()
  const wide = useMedia('(min-width: 860px)')
  const [pane, setPane] = useState<Pane>('editor')
  const tree = useRef<TreeHandle>(null)
  const output = useRef<HTMLElement>(null)
  const [treeWidth, setTreeWidth] = usePaneSize('akko.sql.tree', 272)
  const [outputHeight, setOutputHeight] = usePaneSize('akko.sql.output', Math.round(innerHeight * 0.5))

  useEffect(() => {
    document.title = 'SQL - AKKO'
  }, [])

  const find = (selector: string) => output.current?.querySelector<HTMLElement>(selector)
  const focusPane = (next: Pane) => {
    setPane(next)
    requestAnimationFrame(() => {
      if (next === 'tables') tree.current?.focus()
      else if (next === 'editor') bench.editor.current?.focus()
      else (find('[role=grid]') ?? find('[role=tab][aria-selected=true]') ?? output.current)?.focus()
    })
  }
  useKeys(bench, focusPane)

  const runId = bench.run?.id
  useEffect(() => {
    if (runId !== undefined) setPane('output')
  }, [runId])

  const hidden = (name: Pane) => !wide && pane !== name && 'hidden'
  return (
    <div className="flex h-full min-h-0 flex-col">
      <h1 className="sr-only">SQL</h1>
      {!wide && <PaneChoice pane={pane} onChoose={focusPane} />}
      <div className="flex min-h-0 flex-1 bg-surface">
        <section
          id="pane-tables"
          aria-label="Tables"
          className={cx('min-h-0 min-w-0 max-w-[45vw] shrink-0 max-md:max-w-none max-md:flex-1', hidden('tables'))}
          style={wide ? { width: treeWidth } : undefined}
        >
          <CatalogTree
            ref={tree}
            onSample={bench.sample}
            onInsert={(text) => {
              bench.insert(text)
              setPane('editor')
            }}
          />
        </section>
        {wide && (
          <Splitter
            label="Width of the table list"
            orientation="vertical"
            size={treeWidth}
            min={180}
            max={560}
            sizes="before"
            controls="pane-tables"
            onSize={setTreeWidth}
          />
        )}
        <div className={cx('flex min-h-0 min-w-0 flex-1 flex-col', !wide && pane === 'tables' && 'hidden')}>
          <section aria-label="Query" className={cx('flex min-h-0 flex-1 flex-col', hidden('editor'))}>
            <TabStrip
              {...bench.state}
              runs={bench.allRuns}
              onSelect={bench.tabs.select}
              onClose={bench.close}
              onNew={() => bench.tabs.open('')}
            />
            <Toolbar
              tab={bench.tab}
              running={bench.running}
              onRun={bench.runChosen}
              onRunAll={bench.runAll}
              onCancel={bench.cancel}
              onShare={bench.share}
              onFormat={bench.format}
              onSession={(session) => bench.tabs.change(bench.tab.id, session as { catalog: string; schema: string })}
            />
            <div id="editor-panel" role="tabpanel" aria-labelledby={`tab-${bench.tab.id}`} className="min-h-0 flex-1">
              <Editor
                ref={bench.editor}
                tab={bench.tab}
                run={bench.run}
                names={bench.names}
                onChange={bench.setText}
                onRun={bench.runChosen}
                onRunAll={bench.runAll}
                onCancel={bench.cancel}
              />
            </div>
          </section>
          {wide && (
            <Splitter
              label="Height of the output"
              orientation="horizontal"
              size={outputHeight}
              min={120}
              max={Math.max(200, innerHeight - 260)}
              sizes="after"
              controls="pane-output"
              onSize={setOutputHeight}
            />
          )}
          <section
            id="pane-output"
            ref={output}
            aria-label="Output"
            tabIndex={-1}
            className={cx('min-h-0 outline-none', wide ? 'max-h-[calc(100%-9rem)] shrink-0' : 'flex-1', hidden('output'))}
            style={wide ? { height: outputHeight } : undefined}
          >
            <Output bench={bench} />
          </section>
        </div>
      </div>
    </div>
  )
}

function PaneChoice({ pane, onChoose }: { pane: Pane; onChoose: (pane: Pane) => void }) {
  const choices = [
    ['tables', 'Tables'],
    ['editor', 'Query'],
    ['output', 'Output'],
  ] as const
  return (
    <fieldset className="flex shrink-0 border-b border-line bg-bg">
      <legend className="sr-only">Pane</legend>
      {choices.map(([name, title]) => (
        <button
          key={name}
          type="button"
          aria-pressed={pane === name}
          onClick={() => onChoose(name)}
          className="relative h-10 flex-1 text-muted aria-pressed:font-semibold aria-pressed:text-text aria-pressed:after:absolute aria-pressed:after:inset-x-4 aria-pressed:after:bottom-0 aria-pressed:after:h-0.5 aria-pressed:after:bg-accent"
        >
          {title}
        </button>
      ))}
    </fieldset>
  )
}

/** Alt-1/2/3 panes, Alt-PageUp/PageDown tabs, Ctrl-Enter and Esc wherever the focus is. */
function useKeys(bench: Workbench, focusPane: (pane: Pane) => void): void {
  const latest = useRef({ bench, focusPane })
  latest.current = { bench, focusPane }
  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      const { bench, focusPane } = latest.current
      if (event.defaultPrevented) return
      const pane = event.altKey && !event.ctrlKey && ({ Digit1: 'tables', Digit2: 'editor', Digit3: 'output' } as const)[event.code]
      if (pane) focusPane(pane)
      else if (event.altKey && (event.key === 'PageDown' || event.key === 'PageUp')) bench.tabs.step(event.key === 'PageDown' ? 1 : -1)
      else if ((event.ctrlKey || event.metaKey) && event.key === 'Enter') event.shiftKey ? bench.runAll() : bench.runChosen()
      else if (event.key === 'Escape' && !document.querySelector('[role=dialog], [role=menu]')) {
        if (!bench.cancel()) return
      } else return
      event.preventDefault()
    }
    window.addEventListener('keydown', onKey)
    return () => window.removeEventListener('keydown', onKey)
  }, [])
}
