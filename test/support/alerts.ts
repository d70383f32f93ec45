// The declared alerts over what this process really counts, at moments of a test's choosing.
import type { FiringAlert } from '#kit/alert'
import { createAlertWatch } from '#kit/alert-watch'
import { mergeTexts, readSamples } from '#kit/metric-text'
import { printMetrics } from '#kit/metrics'
import { machineAlerts } from '#platform/registry'

/** Of one name; a look says what fires then. */
export function watchAlert(name: string): { look(second: number): Promise<readonly FiringAlert[]> } {
  const alerts = machineAlerts().filter((alert) => alert.name === name)
  if (alerts.length === 0) throw new Error(`no alert is declared under the name ${name}`)
  const wanted = new Set(alerts.flatMap(({ metric, of }) => (of === undefined ? [metric] : [metric, of])))
  const watch = createAlertWatch(alerts)
  return {
    look: async (second) => {
      watch.look(readSamples(mergeTexts(new Map([['tested', await printMetrics()]])), wanted), second * 1000)
      return watch.firing()
    },
  }
}
