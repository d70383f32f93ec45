// The laws of `dataset`: where a server of its protocol runs.
import { lawsElsewhere } from '#ensure/test-laws'

export const laws = lawsElsewhere('dataset', 'test/cluster/superset.test.ts')
