// The declared alerts as rules: each is read by a foreign parser of PromQL, and says nothing that it does not know.
import { execFileSync } from 'node:child_process'
import { describe, expect, it } from 'vitest'
import { prometheusRule } from '#kit/alert'
import { machineAlerts } from '#platform/registry'
import { metricsPython } from '#test/support/judges'

const READ = `
import json, sys, promql_parser
def names(node):
    if isinstance(node, promql_parser.VectorSelector): return [node.name]
    if isinstance(node, promql_parser.MatrixSelector): return names(node.vector_selector)
    return [n for part in ('expr', 'lhs', 'rhs') if hasattr(node, part) for n in names(getattr(node, part))] + \\
        [n for arg in getattr(node, 'args', []) for n in names(arg)]
print(json.dumps([names(promql_parser.parse(text)) for text in json.load(sys.stdin)]))
`
const alerts = machineAlerts()

describe('the declared alerts', () => {
  it('are PromQL about the metrics that they name', () => {
    const rules = JSON.stringify(alerts.map((alert) => prometheusRule(alert).expr))
    const read = JSON.parse(execFileSync(metricsPython(), ['-c', READ], { input: rules, encoding: 'utf8' })) as string[][]
    expect(read).toEqual(alerts.map(({ metric, of }) => (of === undefined ? [metric] : [metric, of])))
  })

  it('speak of labels that they keep', () => {
    const unknown = alerts.flatMap(({ name, says, action, by }) =>
      [...`${says} ${action}`.matchAll(/%\{(\w+)\}/g)].flatMap(([, word]) =>
        word === 'value' || by.includes(word as string) ? [] : [`${name}: ${word}`],
      ),
    )
    expect(unknown).toEqual([])
  })

  it('look back over counters only', () => {
    expect(alerts.filter(({ metric, overSeconds }) => metric.endsWith('_total') !== (overSeconds !== undefined))).toEqual([])
  })

  it('are told apart', () => {
    const keys = alerts.map(({ name, labels }) => JSON.stringify([name, labels]))
    expect(keys.filter((key, i) => keys.indexOf(key) !== i)).toEqual([])
    expect(alerts.filter(({ name }) => !/^[A-Z][A-Za-z0-9]+$/.test(name))).toEqual([])
  })
})
