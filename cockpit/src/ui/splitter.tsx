// A line between two panes that can be moved, by pointer and by arrow keys; remembers its place.
import { type KeyboardEvent, type PointerEvent, useState } from 'react'
import { cx } from '~/lib/cx'

/** A size in pixels that survives reloads. */
export function usePaneSize(key: string, initial: number): [number, (size: number) => void] {
  const [size, setSize] = useState(() => Number(localStorage.getItem(key)) || initial)
  const change = (next: number) => {
    setSize(next)
    localStorage.setItem(key, String(Math.round(next)))
  }
  return [size, change]
}

interface SplitterProps {
  readonly label: string
  /** `vertical`: a standing line, moves left and right. */
  readonly orientation: 'vertical' | 'horizontal'
  readonly size: number
  readonly min: number
  readonly max: number
  /** The pane that is sized lies before or after the line. */
  readonly sizes: 'before' | 'after'
  readonly controls: string
  readonly className?: string
  onSize(size: number): void
}

export function Splitter({ label, orientation, size, min, max, sizes, controls, className, onSize }: SplitterProps) {
  const standing = orientation === 'vertical'
  const sign = sizes === 'before' ? 1 : -1
  const set = (value: number) => onSize(Math.max(min, Math.min(max, value)))
  const onPointerDown = (event: PointerEvent<HTMLDivElement>) => {
    const line = event.currentTarget
    const start = standing ? event.clientX : event.clientY
    line.setPointerCapture(event.pointerId)
    const move = (e: globalThis.PointerEvent) => set(size + sign * ((standing ? e.clientX : e.clientY) - start))
    const end = () => {
      line.removeEventListener('pointermove', move)
      line.removeEventListener('pointerup', end)
      line.removeEventListener('pointercancel', end)
    }
    line.addEventListener('pointermove', move)
    line.addEventListener('pointerup', end)
    line.addEventListener('pointercancel', end)
  }
  const onKeyDown = (event: KeyboardEvent) => {
    const step = { ArrowLeft: standing ? -1 : 0, ArrowRight: standing ? 1 : 0, ArrowUp: standing ? 0 : -1, ArrowDown: standing ? 0 : 1 }[
      event.key
    ]
    if (step) {
      event.preventDefault()
      set(size + sign * step * 24)
    } else if (event.key === 'Home') set(min)
    else if (event.key === 'End') set(max)
  }
  return (
    // biome-ignore lint/a11y/useSemanticElements: hr cannot be moved; this is the window splitter pattern
    <div
      role="separator"
      tabIndex={0}
      aria-label={label}
      aria-orientation={orientation}
      aria-valuenow={Math.round(size)}
      aria-valuemin={min}
      aria-valuemax={max}
      aria-controls={controls}
      onPointerDown={onPointerDown}
      onKeyDown={onKeyDown}
      className={cx(
        'relative z-10 shrink-0 touch-none bg-line hover:bg-accent focus-visible:bg-accent',
        standing
          ? 'w-px cursor-col-resize before:absolute before:inset-y-0 before:-inset-x-1.5'
          : 'h-px cursor-row-resize before:absolute before:-inset-y-1.5 before:inset-x-0',
        className,
      )}
    />
  )
}
