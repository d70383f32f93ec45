// The laws of `chart`: where a server of its protocol runs.
import { lawsElsewhere } from '#ensure/test-laws'

export const laws = lawsElsewhere('chart', 'test/cluster/superset.test.ts')
