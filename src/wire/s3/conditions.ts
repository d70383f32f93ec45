// Byte ranges and conditional requests (RFC 9110, sections 13 and 14), as S3 applies them.

export interface Slice {
  readonly start: number
  /** Inclusive. */
  readonly end: number
}

export function lengthOf({ start, end }: Slice): number {
  return end + 1 - start
}

/** `whole` when there is no usable range (none, several, not bytes), `unsatisfiable` when it lies behind the end. */
export function parseRange(header: string | undefined, size: number): Slice | 'whole' | 'unsatisfiable' {
  const match = header === undefined ? null : /^bytes=\s*(\d*)\s*-\s*(\d*)\s*$/.exec(header)
  if (!match || (match[1] === '' && match[2] === '')) return 'whole'
  if (match[1] === '') {
    const length = Number(match[2])
    return length === 0 || size === 0 ? 'unsatisfiable' : { start: Math.max(0, size - length), end: size - 1 }
  }
  const start = Number(match[1])
  const end = match[2] === '' ? size - 1 : Math.min(Number(match[2]), size - 1)
  if (match[2] !== '' && Number(match[2]) < start) return 'whole'
  return start >= size ? 'unsatisfiable' : { start, end }
}

export interface Conditions {
  readonly ifMatch?: string | undefined
  readonly ifNoneMatch?: string | undefined
  readonly ifModifiedSince?: string | undefined
  readonly ifUnmodifiedSince?: string | undefined
}

export type Verdict = 'go on' | 'not modified' | 'failed'

/** The verdict for a read of what has this entity tag (without quotes) and time. */
export function checkConditions(conditions: Conditions, etag: string, modified: Date): Verdict {
  const seconds = Math.floor(modified.getTime() / 1000) * 1000
  if (conditions.ifMatch !== undefined) {
    if (!matchesEtag(conditions.ifMatch, etag)) return 'failed'
  } else if (conditions.ifUnmodifiedSince !== undefined) {
    const date = Date.parse(conditions.ifUnmodifiedSince)
    if (!Number.isNaN(date) && seconds > date) return 'failed'
  }
  if (conditions.ifNoneMatch !== undefined) {
    if (matchesEtag(conditions.ifNoneMatch, etag)) return 'not modified'
  } else if (conditions.ifModifiedSince !== undefined) {
    const date = Date.parse(conditions.ifModifiedSince)
    if (!Number.isNaN(date) && seconds <= date) return 'not modified'
  }
  return 'go on'
}

/** Whether a list of entity tags (quoted, weak, bare, or `*`) holds this one. */
export function matchesEtag(header: string, etag: string): boolean {
  return header
    .split(',')
    .map((tag) =>
      tag
        .trim()
        .replace(/^W\//, '')
        .replace(/^"(.*)"$/, '$1'),
    )
    .some((tag) => tag === '*' || tag === etag)
}
