// Something worth copying: a click takes the whole of it, however little is shown.
import { Check, Copy } from 'lucide-react'
import { useState } from 'react'
import { copyText } from '~/lib/announce'
import { cx } from '~/lib/cx'
import { shortenId } from '~/lib/format'

interface CopyTextProps {
  readonly text: string
  /** What it is, for those who hear it: `Query id`. */
  readonly what: string
  /** Shown instead of the text: a shorter form of it. */
  readonly shown?: string
  /** Shown instead of the text: words of its own, `Copy plan`. */
  readonly label?: string
  readonly className?: string
}

export function CopyText({ text, what, shown, label, className }: CopyTextProps) {
  const [copied, setCopied] = useState(false)
  const copy = async () => {
    if (!(await copyText(text, what))) return
    setCopied(true)
    setTimeout(() => setCopied(false), 1500)
  }
  const Icon = copied ? Check : Copy
  return (
    <button
      type="button"
      onClick={copy}
      title={text.length > 200 ? `Copy ${what.toLowerCase()}` : `Copy ${what.toLowerCase()}: ${text}`}
      className={cx(
        'inline-flex max-w-full items-center gap-1.5 rounded-md px-1 font-mono text-xs text-muted hover:bg-raised hover:text-text',
        className,
      )}
    >
      {!label && <span className="sr-only">Copy {what.toLowerCase()} </span>}
      <span className="truncate">{label ?? shown ?? text}</span>
      <Icon aria-hidden="true" className={cx('size-3 shrink-0', copied && 'text-ok')} />
    </button>
  )
}

export function CopyId({ id, what, className }: { id: string; what: string; className?: string }) {
  return <CopyText text={id} what={what} shown={shortenId(id)} {...(className ? { className } : {})} />
}
