// Answers of a server that many resources share (all roles, all buckets), asked once until somebody writes.

export interface Memo {
  /** The answer under this key, asked for when it is not there. A failed question is not remembered. */
  once<T>(key: string, ask: () => Promise<T>): Promise<T>
  /** Forgets every answer whose key begins so. To be called after each write. */
  forget(prefix: string): void
}

export function createMemo(): Memo {
  const answers = new Map<string, Promise<unknown>>()
  return {
    once: <T>(key: string, ask: () => Promise<T>) => {
      const known = answers.get(key)
      if (known) return known as Promise<T>
      const asked = ask()
      answers.set(key, asked)
      asked.catch(() => {
        if (answers.get(key) === asked) answers.delete(key)
      })
      return asked
    },
    forget: (prefix) => {
      for (const key of answers.keys()) if (key.startsWith(prefix)) answers.delete(key)
    },
  }
}
