// The laws of `directory`: where a server of its protocol runs.
import { lawsElsewhere } from '#ensure/test-laws'

export const laws = lawsElsewhere('directory', 'test/strangers/directory.ts')
