// Something worth copying: a click takes the whole of it, however little is shown.
import { Check, Copy } from 'lucide-react'
import { useState } from 'react'
import { copyText } from '~/lib/announce'
import { cx } from '~/lib/cx'
import { shortenId } from '~/lib/format'

export function CopyText({ text, what, shown, className }: { text: string; what: string; shown?: string; className?: string }) {
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
      title={`Copy ${what.toLowerCase()}: ${text}`}
      className={cx(
        'inline-flex max-w-full items-center gap-1.5 rounded-md px-1 font-mono text-xs text-muted hover:bg-raised hover:text-text',
        className,
      )}
    >
      <span className="sr-only">Copy {what.toLowerCase()} </span>
      <span className="truncate">{shown ?? text}</span>
      <Icon aria-hidden="true" className={cx('size-3 shrink-0', copied && 'text-ok')} />
    </button>
  )
}

export function CopyId({ id, what, className }: { id: string; what: string; className?: string }) {
  return <CopyText text={id} what={what} shown={shortenId(id)} {...(className ? { className } : {})} />
}
