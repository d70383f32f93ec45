// The policy of a platform whose owner has written none; the policy part answers from it.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Policy, PolicyText } from '#platform/policy/source'

const FOLDER = join(import.meta.dirname, 'policy')
const FILE = 'shipped.yaml'

/** As the owner begins with it. */
export const shippedText: PolicyText = { name: FILE, text: readFileSync(join(FOLDER, FILE), 'utf8') }

/** Compiled beforehand (`npm run generate`): every process holds it, and the compiler holds two libraries. */
export const shippedPolicy: Policy = JSON.parse(readFileSync(join(FOLDER, 'shipped.json'), 'utf8'))
