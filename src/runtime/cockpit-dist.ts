// Where the built browser app lies.
import { join, resolve } from 'node:path'

export const COCKPIT_DIST = join(resolve(import.meta.dirname, '../..'), 'cockpit', 'dist')
