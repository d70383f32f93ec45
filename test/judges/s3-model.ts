// By hand, when the judges' botocore changes: writes every operation of S3 with what it takes. `./akko run test/judges/s3-model.ts`
import { writeFileSync } from 'node:fs'
import { operationsOf } from '#test/support/s3-model'

const FILE = new URL('../../src/parts/storage/protocol/operations.ndjson', import.meta.url)

writeFileSync(FILE, operationsOf())
