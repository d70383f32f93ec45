// The pod of published reports. The ingress controller signs people in and hands over their token, which is verified here; the names of the
// variables are those of the declaration (src/platform/services/docs.ts).

import { z } from 'zod'
import { createPodAudit, createPodMetrics, createPodPool, createRealm, EVERYWHERE, variablesOf } from '#cluster/pod'
import { createPodPolicy } from '#cluster/pod-policy'
import { auditedAuthoriser } from '#kit/audit'
import { createLog } from '#kit/log'
import { Secret } from '#kit/secret'
import { createDocs } from '#parts/docs/index'
import { AUDIENCE } from '#platform/audiences'
import { serviceNamed } from '#platform/registry'
import { docsSettings } from '#platform/services/docs'
import { VERSION } from '#runtime/version'
import { createS3Objects } from '#wire/s3/objects'

export function createPod(env: Readonly<Record<string, string | undefined>>): { start(): Promise<void>; stop(): Promise<void> } {
  const { cluster } = serviceNamed('docs')
  const { text, url, port } = variablesOf(env, cluster?.name ?? '')
  const log = createLog('docs')
  const origin = url('AKKO_ORIGIN')
  const realm = createRealm({ issuer: url('AKKO_OIDC_ISSUER'), backchannel: url('AKKO_OIDC_BACKCHANNEL') })
  const databaseUrl = url('AKKO_DATABASE_URL')
  const ownerPassword = new Secret(text('AKKO_DATABASE_PASSWORD'))
  const pool = createPodPool('docs', databaseUrl, ownerPassword, log)
  const writerPassword = new Secret(text('AKKO_AUDIT_PASSWORD'))
  const audit = createPodAudit('docs', { url: databaseUrl, ownerPassword, writerPassword }, log)
  const policy = createPodPolicy(env.AKKO_POLICY_FOLDER, log)
  const metrics = createPodMetrics(port('AKKO_METRICS_PORT', cluster?.ports.metrics), log)
  const part = createDocs({
    listen: { host: EVERYWHERE, port: port('AKKO_PORT', cluster?.ports.main) },
    pool,
    objects: createS3Objects({
      endpoint: url('AKKO_S3_ENDPOINT'),
      region: text('AKKO_S3_REGION'),
      accessKeyId: text('AKKO_S3_ACCESS_KEY'),
      secretAccessKey: new Secret(text('AKKO_S3_SECRET_KEY')),
    }),
    bucket: text('AKKO_BUCKET'),
    authenticator: realm(AUDIENCE.docs),
    authoriser: auditedAuthoriser(policy.authoriser, { part: 'docs', audit }),
    key: new Secret(text('AKKO_LINK_KEY')),
    origin,
    tokenHeader: 'x-auth-request-access-token',
    maxBytes: Number(env.AKKO_MAX_MEGABYTES ?? docsSettings.of({ docs: docsSettings.schema(z).parse({}) }).maxMegabytes) * 1024 * 1024,
    version: VERSION,
    log,
  })
  return {
    start: async () => {
      await policy.start()
      await metrics.start()
      await part.start()
    },
    stop: async () => {
      await part.stop()
      policy.stop()
      await metrics.stop()
      await audit.close()
      await pool.end()
    },
  }
}
