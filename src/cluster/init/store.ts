// The S3 storage that this pod was given.
import { type Env, required } from '#cluster/init/environment'
import { Secret } from '#kit/secret'
import { createS3Objects, type S3Objects } from '#wire/s3/objects'

/** A storage under load may take its time with one object. */
const SILENCE = 60_000

export function openStore(env: Env): S3Objects {
  const access = {
    endpoint: required(env, 'AKKO_S3_ENDPOINT'),
    region: env.AKKO_S3_REGION || 'us-east-1',
    accessKeyId: required(env, 'AKKO_S3_ACCESS_KEY'),
    secretAccessKey: new Secret(required(env, 'AKKO_S3_SECRET_KEY')),
  }
  return createS3Objects(access, { silence: SILENCE })
}
