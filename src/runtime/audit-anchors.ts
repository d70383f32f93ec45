// Where this machine keeps the anchors of its audit, and the key that signs them.
import { createHash, createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject } from 'node:crypto'
import { closeSync, constants, fsyncSync, openSync, readdirSync, readFileSync, statSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import type pg from 'pg'
import type { AnchorPlace } from '#kit/audit-anchoring'
import { defineError } from '#kit/errors'
import { readPlainFile } from '#kit/plain-file'
import { Secret, type SecretStore } from '#kit/secret'
import { secretName } from '#platform/names'
import type { Machine } from '#runtime/machine'
import { requiredSecret, secretOrNew, splitPair } from '#runtime/secrets'
import { createS3Objects } from '#wire/s3/objects'

const NoSuchAnchors = defineError('audit.no_such_anchors', 404, 'there is no file or folder of anchors {file}', {
  hint: 'name what was kept of `anchors/` elsewhere; without --anchors those of this home are compared',
})

const DAY_MS = 24 * 3600 * 1000
/** Of the bucket elsewhere; milliseconds without a byte. */
const SILENCE_MS = 10_000

/** Ed25519, made by the first who signs. */
export async function anchorKey(secrets: SecretStore): Promise<KeyObject> {
  const fresh = () => new Secret(generateKeyPairSync('ed25519').privateKey.export({ type: 'pkcs8', format: 'pem' }).toString())
  return createPrivateKey((await secretOrNew(secrets, secretName.auditKey, fresh)).reveal())
}

/** Undefined before the platform has signed anything. */
export async function anchorPublicKey(secrets: SecretStore): Promise<KeyObject | undefined> {
  const key = await secrets.get(secretName.auditKey)
  return key && createPublicKey(key.reveal())
}

const anchorFile = ({ paths }: Machine): string => join(paths.state, 'audit-anchors.ndjson')

export function anchorPlaces(machine: Machine, secrets: SecretStore): AnchorPlace[] {
  const { bucket } = machine.config.audit.anchors
  return [
    { name: 'the home', keep: async (document) => append(anchorFile(machine), document) },
    ...(bucket === undefined ? [] : [bucketPlace(machine, secrets, bucket)]),
  ]
}

function append(file: string, line: string): void {
  const fd = openSync(file, constants.O_WRONLY | constants.O_CREAT | constants.O_APPEND | constants.O_NOFOLLOW, 0o600)
  try {
    writeSync(fd, `${line}\n`)
    fsyncSync(fd)
  } finally {
    closeSync(fd)
  }
}

/** A bucket with object lock: nobody may remove or replace an anchor there as long as the audit is kept. */
function bucketPlace({ config }: Machine, secrets: SecretStore, bucket: string): AnchorPlace {
  const { endpoint, region, secret } = config.audit.anchors
  return {
    name: `s3://${bucket}`,
    keep: async (document, { number, time }) => {
      const { id: accessKeyId, secret: secretAccessKey } = splitPair(await requiredSecret(secrets, secret))
      const objects = createS3Objects(
        { endpoint: endpoint as string, region, accessKeyId, secretAccessKey },
        { attempts: 1, silence: SILENCE_MS },
      )
      const headers = {
        'content-type': 'application/json',
        'content-md5': createHash('md5').update(document).digest('base64'),
        'x-amz-object-lock-mode': 'COMPLIANCE',
        'x-amz-object-lock-retain-until-date': new Date(Date.now() + config.audit.days * DAY_MS).toISOString(),
      }
      await objects.put(bucket, `audit-anchors/${String(number).padStart(12, '0')}-${time}.json`, document, { headers })
    },
  }
}

/** Of the database, of the home, and of a file or a folder of files that somebody kept elsewhere. */
/** @throws NoSuchAnchors */
export async function anchorDocuments(machine: Machine, pool: pg.Pool, given: string | undefined): Promise<string[]> {
  const { rows } = await pool.query<{ document: string }>('SELECT document FROM akko.audit_anchors')
  const stats = given === undefined ? undefined : statSync(given, { throwIfNoEntry: false })
  if (given !== undefined && !stats) throw NoSuchAnchors({ file: given })
  const files = given === undefined ? [] : stats?.isDirectory() ? readdirSync(given).map((name) => join(given, name)) : [given]
  const texts = [readPlainFile(anchorFile(machine)) ?? '', ...files.map((file) => readFileSync(file, 'utf8'))]
  return [...rows.map(({ document }) => document), ...texts.flatMap((text) => text.split('\n').filter((line) => line.trim() !== ''))]
}
