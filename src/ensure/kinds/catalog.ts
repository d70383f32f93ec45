// A catalogue of the Iceberg REST server and where its tables lie.

import { management } from '#ensure/clients/polaris'
import { defineKind } from '#ensure/kind'
import { own } from '#kit/own'

declare module '#platform/resources' {
  interface ResourceKinds {
    catalog: {
      readonly name: string
      /** `s3://bucket[/prefix]`. */
      readonly baseLocation: string
    }
  }
}

interface Live {
  readonly entityVersion: number
  readonly properties: Readonly<Record<string, string>>
  readonly storageConfigInfo: { readonly allowedLocations?: readonly string[] }
}

const BASE = 'default-base-location'
const STORAGE_TYPES: Readonly<Record<string, string>> = { 's3:': 'S3', 'file:': 'FILE' }

const trim = (location: string) => location.replace(/\/+$/, '')

export const catalogKind = defineKind<'catalog', Live>({
  kind: 'catalog',
  id: ({ name }) => name,
  after: ['bucket'],
  read: ({ clients }, { name }) => clients.polaris().read<Live>(management('catalogs', name)),
  diff: ({ properties }, { baseLocation }) => {
    const base = trim(properties[BASE] ?? '')
    return base === trim(baseLocation) ? [] : [`its base location is ${base}`]
  },
  create: async ({ clients }, { name, baseLocation }) => {
    const storageConfigInfo = { storageType: storageType(baseLocation), allowedLocations: [baseLocation], ...clients.polaris().storage }
    const catalog = { type: 'INTERNAL', name, properties: { [BASE]: baseLocation }, storageConfigInfo }
    await clients.polaris().write('POST', management('catalogs'), { catalog })
  },
  // Tables that were made before stay where they are, so the old location stays allowed.
  update: async ({ clients }, { name, baseLocation }, live) => {
    const allowedLocations = [...new Set([baseLocation, ...(live.storageConfigInfo.allowedLocations ?? [])])]
    await clients.polaris().write('PUT', management('catalogs', name), {
      currentEntityVersion: live.entityVersion,
      properties: { ...live.properties, [BASE]: baseLocation },
      storageConfigInfo: { ...live.storageConfigInfo, allowedLocations },
    })
  },
})

function storageType(location: string): string {
  const type = own(STORAGE_TYPES, new URL(location).protocol)
  if (!type) throw new Error(`no storage type is known for ${location}`)
  return type
}
