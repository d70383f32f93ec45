// The SQL editor: one CodeMirror for all tabs, each with its own undo history.
import { acceptCompletion, autocompletion, type CompletionContext, type CompletionResult, completionStatus } from '@codemirror/autocomplete'
import { sql } from '@codemirror/lang-sql'
import { lintGutter, setDiagnostics } from '@codemirror/lint'
import { EditorState, Prec } from '@codemirror/state'
import { EditorView, keymap, placeholder } from '@codemirror/view'
import { basicSetup } from 'codemirror'
import { type Ref, useEffect, useImperativeHandle, useRef } from 'react'
import { QueryError } from '#wire/trino/statement'
import { colours, look, trino } from '~/features/sql/dialect'
import type { Run } from '~/features/sql/runs'
import type { EditorTab } from '~/features/sql/tabs-store'
import { cspNonce } from '~/lib/csp'
import { complete, type Names } from '~/lib/sql/complete'
import { errorSpan, offsetAt } from '~/lib/sql/split'

export interface EditorHandle {
  focus(): void
  /** The document and what is selected in it. */
  selection(): { readonly text: string; readonly from: number; readonly to: number }
  insert(text: string): void
  replaceAll(text: string): void
}

interface EditorProps {
  readonly tab: EditorTab
  readonly run: Run | undefined
  readonly names: Names
  readonly ref: Ref<EditorHandle>
  onChange(text: string): void
  onRun(): void
  onRunAll(): void
  /** Answers whether there was something to cancel. */
  onCancel(): boolean
}

export function Editor(props: EditorProps) {
  const { tab, run, ref } = props
  const host = useRef<HTMLDivElement>(null)
  const view = useRef<EditorView>(undefined)
  const states = useRef(new Map<string, EditorState>())
  const latest = useRef(props)
  latest.current = props
  const shownTab = useRef<string>(undefined)

  useEffect(() => {
    const editor = new EditorView({ parent: host.current!, state: EditorState.create({ extensions: EditorView.cspNonce.of(cspNonce) }) })
    view.current = editor
    shownTab.current = undefined
    return () => editor.destroy()
  }, [])

  useEffect(() => {
    const editor = view.current
    if (!editor) return
    if (shownTab.current !== tab.id) {
      if (shownTab.current) states.current.set(shownTab.current, editor.state)
      shownTab.current = tab.id
      const kept = states.current.get(tab.id)
      editor.setState(
        kept && kept.doc.toString() === tab.text ? kept : EditorState.create({ doc: tab.text, extensions: extensions(latest) }),
      )
    } else if (editor.state.doc.toString() !== tab.text) {
      editor.dispatch({ changes: { from: 0, to: editor.state.doc.length, insert: tab.text } })
    }
  }, [tab.id, tab.text])

  useEffect(() => {
    const editor = view.current
    if (editor) editor.dispatch(setDiagnostics(editor.state, diagnosticsOf(run, editor.state.doc.toString())))
  }, [run])

  useImperativeHandle(ref, () => ({
    focus: () => view.current?.focus(),
    selection() {
      const state = view.current!.state
      const { from, to } = state.selection.main
      return { text: state.doc.toString(), from, to }
    },
    insert(text) {
      const editor = view.current!
      editor.dispatch(editor.state.replaceSelection(text))
      editor.focus()
    },
    replaceAll(text) {
      const editor = view.current!
      editor.dispatch({ changes: { from: 0, to: editor.state.doc.length, insert: text } })
      editor.focus()
    },
  }))

  return <div ref={host} className="h-full min-h-0 overflow-hidden" />
}

function extensions(latest: { readonly current: EditorProps }) {
  return [
    EditorView.cspNonce.of(cspNonce),
    Prec.highest(
      keymap.of([
        { key: 'Mod-Enter', run: () => done(latest.current.onRun) },
        { key: 'Mod-Shift-Enter', run: () => done(latest.current.onRunAll) },
        { key: 'Escape', run: (editor) => completionStatus(editor.state) === null && latest.current.onCancel() },
        // With a list open, Tab never leaves the editor, not even while the list is too new to be accepted from.
        { key: 'Tab', run: (editor) => acceptCompletion(editor) || completionStatus(editor.state) !== null },
      ]),
    ),
    basicSetup,
    sql({ dialect: trino, upperCaseKeywords: true }),
    autocompletion({ override: [(context) => source(context, latest.current)], icons: false, activateOnTypingDelay: 50 }),
    lintGutter(),
    placeholder('SELECT * FROM iceberg.banking.transactions LIMIT 100'),
    EditorView.contentAttributes.of({ 'aria-label': 'SQL editor', spellcheck: 'false', autocapitalize: 'off', autocorrect: 'off' }),
    EditorView.updateListener.of((update) => update.docChanged && latest.current.onChange(update.state.doc.toString())),
    EditorView.lineWrapping,
    colours,
    look,
  ]
}

/** A command that always handles its key. */
function done(act: () => void): true {
  act()
  return true
}

async function source(context: CompletionContext, { names, tab }: EditorProps): Promise<CompletionResult | null> {
  const text = context.state.doc.toString()
  const before = text.slice(0, context.pos)
  if (!context.explicit && !/[\w."]$/.test(before) && !/\b(from|join|into|describe|table|update)\s$/i.test(before)) return null
  try {
    const found = await complete(text, context.pos, names, { catalog: tab.catalog, schema: tab.schema })
    if (!found || found.suggestions.length === 0) return null
    return {
      from: found.from,
      options: found.suggestions.map((s) => ({
        label: s.label,
        apply: s.apply,
        type: s.kind,
        boost: s.boost * 10,
        ...(s.detail ? { detail: s.detail } : {}),
        ...(s.info ? { info: s.info } : {}),
      })),
      validFor: /^[\w$]*$/,
    }
  } catch {
    return null
  }
}

/** The errors of a run, where the server says they are, as long as the text is still the one that ran. */
function diagnosticsOf(run: Run | undefined, document: string) {
  if (!run || run.document !== document) return []
  return run.statements.flatMap(({ error, statement }) => {
    if (!(error instanceof QueryError)) return []
    const place = error.error.errorLocation
    const span = place
      ? errorSpan(statement.text, offsetAt(statement.text, place.lineNumber, place.columnNumber))
      : { from: 0, to: statement.text.length }
    const end = Math.max(span.to, span.from + 1)
    return [
      {
        from: statement.from + span.from,
        to: Math.min(document.length, statement.from + end),
        severity: 'error' as const,
        message: error.message,
      },
    ]
  })
}
