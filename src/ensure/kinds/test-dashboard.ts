// The laws of `dashboard`: where a server of its protocol runs.
import { lawsElsewhere } from '#ensure/test-laws'

export const laws = lawsElsewhere('dashboard', 'test/cluster/superset.test.ts')
