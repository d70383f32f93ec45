// The program of the image akko-cockpit.

import { createPod } from '#cluster/cockpit/compose'
import { readEnvironment } from '#cluster/cockpit/environment'
import { runPod } from '#cluster/pod'

await runPod('cockpit', () => createPod(readEnvironment(process.env)))
