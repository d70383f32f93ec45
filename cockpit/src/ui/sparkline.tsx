// A line of measured points. Draws nothing that was not measured.
import { formatDuration } from '~/lib/format'

/** SVG path of `points` in a box; the scale begins at zero so that small noise stays small. */
export function sparkPath(points: readonly number[], width: number, height: number): string {
  const top = Math.max(...points, 1) * 1.1
  const step = points.length > 1 ? width / (points.length - 1) : 0
  return points.map((p, i) => `${i === 0 ? 'M' : 'L'}${(i * step).toFixed(1)} ${(height - (p / top) * height).toFixed(1)}`).join('')
}

/** At most `limit` points, each the largest of its stretch: peaks are what one looks for. */
export function thin(points: readonly number[], limit: number): number[] {
  if (points.length <= limit) return [...points]
  const size = points.length / limit
  return Array.from({ length: limit }, (_, i) =>
    Math.max(...points.slice(Math.floor(i * size), Math.max(Math.floor((i + 1) * size), Math.floor(i * size) + 1))),
  )
}

export function Sparkline({
  points,
  width = 120,
  height = 24,
  label,
}: {
  points: readonly number[]
  width?: number
  height?: number
  label: string
}) {
  if (points.length < 2) return <span className="text-muted">–</span>
  const shown = thin(points, width)
  return (
    <svg
      viewBox={`0 0 ${width} ${height}`}
      preserveAspectRatio="none"
      role="img"
      aria-label={`${label}: ${points.length} measurements, highest ${formatDuration(Math.max(...points))}, last ${formatDuration(points.at(-1))}`}
      className="h-6 w-full text-muted"
    >
      <path
        d={sparkPath(shown, width, height)}
        fill="none"
        stroke="currentColor"
        strokeWidth="1.25"
        strokeLinejoin="round"
        vectorEffect="non-scaling-stroke"
      />
    </svg>
  )
}
