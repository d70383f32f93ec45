// A SQL engine that business intelligence reads. The server tries it when it is made.
import { dataSourceId, uuidOf } from '#ensure/clients/superset'
import { defineKind } from '#ensure/kind'
import type { ResourceOf } from '#platform/resources'

declare module '#platform/resources' {
  interface ResourceKinds {
    /** A SQL engine as business intelligence sees it. */
    dataSource: {
      readonly name: string
      readonly title: string
      /** SQLAlchemy URI without a secret in it. */
      readonly uri: string
    }
  }
}

interface Live {
  readonly id: number
  readonly database_name: string
  readonly sqlalchemy_uri: string
  readonly extra: string
}

export const dataSourceKind = defineKind<'dataSource', Live>({
  kind: 'dataSource',
  id: ({ name }) => name,
  after: [],
  read: async ({ clients }, { name }) => {
    const id = await dataSourceId(clients.superset(), name)
    if (id === undefined) return undefined
    return (await clients.superset().read<{ result: Live }>(`/api/v1/database/${id}/connection`))?.result
  },
  diff: (live, source) =>
    Object.entries(wanted(source)).flatMap(([field, value]) => (live[field as keyof Live] === value ? [] : [`another ${field}`])),
  create: async ({ clients }, source) =>
    void (await clients.superset().write('POST', '/api/v1/database/', { ...wanted(source), uuid: uuidOf('dataSource', source.name) })),
  update: async ({ clients }, source, { id }) => void (await clients.superset().write('PUT', `/api/v1/database/${id}`, wanted(source))),
})

const wanted = ({ title, uri }: ResourceOf<'dataSource'>) => ({ database_name: title, sqlalchemy_uri: uri })
