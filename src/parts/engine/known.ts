// Statements that the door let through and that open no file: the verdict follows from the text alone, so that clients which repeat one are
// answered sooner.

const MOST = 500
const LONGEST = 4096

export interface Known {
  /** The door has let this very text through. */
  has(sql: string): boolean
  add(sql: string): void
}

/** Of one process: all its instances are made alike. Refusals are never remembered. */
export function createKnown(): Known {
  const texts = new Set<string>()
  return {
    has: (sql) => texts.has(sql),
    add: (sql) => {
      if (sql.length > LONGEST) return
      texts.delete(sql)
      texts.add(sql)
      for (const oldest of texts) {
        if (texts.size <= MOST) break
        texts.delete(oldest)
      }
    },
  }
}
