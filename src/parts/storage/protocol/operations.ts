// Every operation of S3 with what Amazon's model says that it takes; `operations.ndjson` is written by test/judges/s3-model.ts.
import { readFileSync } from 'node:fs'

export interface Operation {
  /** S3's name of it. */
  readonly name: string
  readonly method: string
  readonly on: 'service' | 'bucket' | 'object'
  /** Parameters and headers without which a request is for another operation: `uploads`, `list-type=2`, `x-amz-copy-source`. */
  readonly needs: readonly string[]
  /** In lower case; one that ends with a hyphen is a prefix. */
  readonly headers: readonly string[]
  readonly query: readonly string[]
  /** Elements of the document, by their path from its root. */
  readonly body: readonly string[]
}

export const OPERATIONS: readonly Operation[] = readFileSync(new URL('operations.ndjson', import.meta.url), 'utf8')
  .trim()
  .split('\n')
  .map((line) => JSON.parse(line) as Operation)
