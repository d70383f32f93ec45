// The laws of `dataSource`: where a server of its protocol runs.
import { lawsElsewhere } from '#ensure/test-laws'

export const laws = lawsElsewhere('dataSource', 'test/cluster/superset.test.ts')
