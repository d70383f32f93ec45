// What the authoriser is asked about before something is made.
import type { Resource } from '#kit/access'

export const schemaToMake = (catalog: string, name: string): Resource => ({
  ...{ kind: 'catalog', path: [catalog] },
  made: { kind: 'schema', name },
})
export const tableToMake = (catalog: string, schema: string, name: string): Resource => ({
  ...{ kind: 'schema', path: [catalog, schema] },
  made: { kind: 'table', name },
})
