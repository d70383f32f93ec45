// A namespace of a catalogue; `a.b` is nested.
import type { PolarisClient } from '#ensure/clients/polaris'
import { defineKind } from '#ensure/kind'

declare module '#platform/resources' {
  interface ResourceKinds {
    namespace: {
      readonly catalog: string
      readonly name: string
    }
  }
}

export const namespaceKind = defineKind<'namespace', true>({
  kind: 'namespace',
  id: ({ catalog, name }) => `${catalog}/${name}`,
  after: ['catalog'],
  read: async ({ clients }, { catalog, name }) => {
    const path = name.split('.')
    const live = await liveNamespaces(clients.polaris(), catalog, path.slice(0, -1))
    return live.has(name) ? true : undefined
  },
  diff: () => [],
  create: async ({ clients }, { catalog, name }) => {
    const path = name.split('.')
    const polaris = clients.polaris()
    // Parents first, each only when it is not there.
    for (let depth = 1; depth <= path.length; depth++) {
      const part = path.slice(0, depth)
      const siblings = await liveNamespaces(polaris, catalog, part.slice(0, -1))
      if (!siblings.has(part.join('.'))) await polaris.write('POST', namespaces(catalog), { namespace: part })
    }
  },
  update: async () => {},
})

const namespaces = (catalog: string) => `/catalog/v1/${encodeURIComponent(catalog)}/namespaces`

/** Levels of a namespace in a query are joined by the unit separator (Iceberg REST, "parent"). */
const SEPARATOR = '\u001f'

/** Dotted names of the children of a namespace; all pages. */
function liveNamespaces(client: PolarisClient, catalog: string, parent: readonly string[]): Promise<ReadonlySet<string>> {
  return client.memo.once(`namespaces ${catalog} ${parent.join('.')}`, async () => {
    const found = new Set<string>()
    let next = ''
    do {
      const query = new URLSearchParams({
        ...(parent.length > 0 ? { parent: parent.join(SEPARATOR) } : {}),
        ...(next === '' ? {} : { pageToken: next }),
      }).toString()
      const page = await client.read<{ namespaces?: string[][]; 'next-page-token'?: string | null }>(
        `${namespaces(catalog)}${query === '' ? '' : `?${query}`}`,
      )
      for (const path of page?.namespaces ?? []) found.add(path.join('.'))
      next = page?.['next-page-token'] ?? ''
    } while (next !== '')
    return found
  })
}
