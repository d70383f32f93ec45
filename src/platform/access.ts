// The policy of a platform whose owner has written none; the policy part answers from it.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { compilePolicy, type PolicyText } from '#platform/policy/source'

const FILE = 'shipped.yaml'

/** As the owner begins with it. */
export const shippedText: PolicyText = { name: FILE, text: readFileSync(join(import.meta.dirname, 'policy', FILE), 'utf8') }

export const shippedPolicy = compilePolicy([shippedText])
