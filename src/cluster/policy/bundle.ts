// What OPA answers Trino from, as it fetches it: a bundle (Open Policy Agent, "Bundles") of the rules and the policy that is in force.
import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { promisify } from 'node:util'
import { gzip } from 'node:zlib'
import { packTar } from 'modern-tar'
import type { AccessModel } from '#kit/access-model'
import { TRINO_REGO } from '#platform/services/policy'

export interface Bundle {
  /** A gzip-compressed tar. */
  readonly bytes: Buffer
  /** Another one where OPA would answer otherwise. */
  readonly etag: string
}

/** What of OPA's documents is the bundle's; `system` stays that of the files it is started with. */
const ROOTS = ['access', 'trino']

const rules = readFileSync(TRINO_REGO, 'utf8')

export async function bundleOf(model: AccessModel): Promise<Bundle> {
  const data = JSON.stringify({ access: model })
  const revision = createHash('sha256').update(rules).update(data).digest('hex')
  const files = { '.manifest': JSON.stringify({ revision, roots: ROOTS }), 'data.json': data, 'trino.rego': rules }
  const tar = await packTar(
    Object.entries(files).map(([name, body]) => ({ header: { name, size: Buffer.byteLength(body), mtime: new Date(0) }, body })),
  )
  return { bytes: await promisify(gzip)(tar), etag: `"${revision}"` }
}
