// Iceberg's own REST compatibility kit before the catalogue, over a folder: the kit puts tables at `file:/tmp`.

import { existsSync, readdirSync, rmdirSync, rmSync, statSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { beforeAll, describe, expect, it } from 'vitest'
import { createFolderMetadataFiles } from '#parts/catalog/metadata-files-folder'
import { MANAGEMENT, ROOT_CREDENTIALS, startHarness, WAREHOUSE } from '#parts/catalog/test-harness'
import { createRolePolicy } from '#parts/policy/index'
import { RESOURCE_KINDS } from '#runtime/policy'
import { runIcebergKit, type Verdict } from '#test/support/jvm'

const policy = createRolePolicy({ roleGrants: {}, masks: {}, classified: [], rowFilters: [] }, RESOURCE_KINDS)
/** Wants a table to be lost with its metadata file: here the catalogue's database has the state, and the table is there. */
const AS_MEANT = new Set(['testLoadTableWithMissingMetadataFile(Path)'])
/** Where the kit's own texts begin. */
const KITS_FOLDER = '/tmp'

const files = createFolderMetadataFiles(KITS_FOLDER)
/** Of namespaces: what the kit does not drop lies in them, tables that it only began to make among it. */
const namespaces = new Set<string>()

/** What came into them since, and they themselves where nothing else is in them. */
function removeMade(since: number): void {
  for (const folder of namespaces) {
    if (!existsSync(folder)) continue // it lay in another
    for (const name of readdirSync(folder)) {
      const path = join(folder, name)
      if (statSync(path).birthtimeMs >= since) rmSync(path, { recursive: true, force: true })
    }
    for (let above = folder; above !== KITS_FOLDER; above = dirname(above)) if (!removedEmpty(above)) break
  }
}

function removedEmpty(folder: string): boolean {
  try {
    rmdirSync(folder)
    return true
  } catch {
    return false
  }
}

describe('the compatibility kit', () => {
  let verdicts: readonly Verdict[]
  const named = (outcome: Verdict['outcome']) =>
    verdicts
      .filter((v) => v.outcome === outcome)
      .map((v) => v.test)
      .sort()

  beforeAll(async () => {
    const began = Date.now()
    const catalog = await startHarness(policy, {
      files: {
        ...files,
        write: async (uri, text) => {
          const [, folder] = /^(\/tmp\/.+)\/[^/]+\/metadata\/[^/]+$/.exec(fileURLToPath(uri)) ?? []
          if (folder !== undefined) namespaces.add(folder)
          await files.write(uri, text)
        },
      },
    })
    try {
      const token = await catalog.login()
      await catalog.call('POST', `${MANAGEMENT}/catalogs`, {
        token,
        body: {
          catalog: {
            type: 'INTERNAL',
            name: WAREHOUSE,
            properties: {
              'default-base-location': `file:${KITS_FOLDER}`,
              'polaris.config.allow.unstructured.table.location': 'true',
            },
            storageConfigInfo: { storageType: 'FILE' },
          },
        },
      })
      verdicts = await runIcebergKit({
        uri: `${catalog.url}/api/catalog`,
        warehouse: WAREHOUSE,
        credential: `${ROOT_CREDENTIALS.clientId}:${ROOT_CREDENTIALS.secret}`,
        'oauth2-server-uri': `${catalog.url}/api/catalog/v1/oauth/tokens`,
        scope: 'PRINCIPAL_ROLE:ALL',
        'io-impl': 'org.apache.iceberg.hadoop.HadoopFileIO',
        'rck.requires-namespace-create': 'true',
        'rck.supports-names-with-dot': 'false',
      })
    } finally {
      await catalog.close()
      removeMade(began)
    }
  })

  it('passes in 144 of 157 cases, as with the reference implementation', () => {
    expect(verdicts.filter((v) => v.outcome === 'failed' && !AS_MEANT.has(v.test))).toEqual([])
    expect(named('failed')).toEqual([...AS_MEANT])
    expect(named('passed')).toHaveLength(144)
    expect(verdicts).toHaveLength(157)
  })
})
