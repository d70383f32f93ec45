// Where the owner of a home writes its policy.
import { dirname, join } from 'node:path'
import type { Machine } from '#runtime/machine'

export const policyFolder = ({ paths }: Pick<Machine, 'paths'>): string => join(dirname(paths.config), 'policy')
