// The laws of `model`: where a server of its protocol runs.
import { lawsElsewhere } from '#ensure/test-laws'

export const laws = lawsElsewhere('model', 'src/ensure/model.test.ts')
