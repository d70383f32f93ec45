// The files port as its users hold it: the same methods, over the private socket.
import type { Caller } from '#kit/access'
import { AkkoError, type Blame } from '#kit/errors'
import { callSocket, RemoteError } from '#kit/http'

interface Listed {
  readonly uri: string
  readonly size: number
  /** Milliseconds since the epoch. */
  readonly modified: number
}

interface Page {
  readonly files: readonly Listed[]
  readonly more: boolean
}

export interface FilesClient {
  open(caller: Caller, queryId: string): Promise<{ readonly spool: string }>
  lease(
    caller: Caller,
    queryId: string,
    uris: readonly string[],
  ): Promise<readonly { readonly uri: string; readonly path: string; readonly size: number }[]>
  adopt(caller: Caller, queryId: string, files: readonly { readonly path: string; readonly uri: string }[]): Promise<void>
  settle(caller: Caller, queryId: string, uris: readonly string[]): Promise<void>
  discard(caller: Caller, queryId: string, uris: readonly string[]): Promise<void>
  list(caller: Caller, queryId: string, folder: string): AsyncIterable<Listed>
  remove(caller: Caller, queryId: string, uris: readonly string[], before: number): Promise<number>
  release(caller: Caller, queryId: string): Promise<void>
}

/** Objects that are removed in one request. */
const BATCH = 1000

/** Errors of the far side come back as the AkkoError that they were. */
export function createFilesClient(socket: string): FilesClient {
  const call = async <T>(path: string, body: object): Promise<T> => {
    try {
      return await callSocket<T>(socket, { path, body })
    } catch (error) {
      throw error instanceof RemoteError ? toOriginal(error) : error
    }
  }
  return {
    open: (caller, queryId) => call('/files/open', { caller, queryId }),
    lease: (caller, queryId, uris) => call('/files/lease', { caller, queryId, uris }),
    adopt: async (caller, queryId, files) => {
      await call('/files/adopt', { caller, queryId, files })
    },
    settle: async (caller, queryId, uris) => {
      await call('/files/settle', { caller, queryId, uris })
    },
    discard: async (caller, queryId, uris) => {
      await call('/files/discard', { caller, queryId, uris })
    },
    async *list(caller, queryId, folder) {
      for (let after: string | undefined; ; ) {
        const page = await call<Page>('/files/list', { caller, queryId, folder, ...(after === undefined ? {} : { after }) })
        yield* page.files
        after = page.files.at(-1)?.uri
        if (!page.more) return
      }
    },
    async remove(caller, queryId, uris, before) {
      let count = 0
      for (let at = 0; at < uris.length; at += BATCH) {
        const batch = uris.slice(at, at + BATCH)
        count += (await call<{ readonly removed: number }>('/files/remove', { caller, queryId, uris: batch, before })).removed
      }
      return count
    },
    release: async (caller, queryId) => {
      await call('/files/release', { caller, queryId })
    },
  }
}

function toOriginal(remote: RemoteError): Error {
  const error = (
    remote.body as { error?: { code?: string; message?: string; hint?: string; retryable?: boolean; blame?: Blame } } | undefined
  )?.error
  if (!error?.code || error.message === undefined) return remote
  const { code, message, retryable = false, blame = 'us', hint } = error
  return new AkkoError({ code, status: remote.status, message, retryable, blame, ...(hint ? { hint } : {}) }, {}, remote)
}
