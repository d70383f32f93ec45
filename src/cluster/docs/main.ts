// The program of the image akko-docs.

import { createPod } from '#cluster/docs/compose'
import { runPod } from '#cluster/pod'

await runPod('docs', () => createPod(process.env))
