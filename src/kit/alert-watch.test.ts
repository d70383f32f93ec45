// When an alert fires, when it is pending, when it is over; and what Prometheus is told to do the same.
import { describe, expect, it } from 'vitest'
import { type Alert, expression, prometheusRule } from '#kit/alert'
import { createAlertWatch } from '#kit/alert-watch'
import type { Sample } from '#kit/metric-text'

const FULL: Alert = {
  name: 'Full',
  severity: 'warn',
  metric: 'free',
  of: 'size',
  by: ['disk'],
  op: '<',
  value: 0.1,
  forSeconds: 30,
  says: 'Of the disk %{disk} %{value} is free',
  action: 'look at %{disk}',
}
const FAILING: Alert = {
  name: 'Failing',
  severity: 'bad',
  metric: 'failures_total',
  labels: { outcome: ['refused', 'late'] },
  overSeconds: 60,
  by: [],
  op: '>',
  value: 4,
  forSeconds: 0,
  says: '%{value} failures',
  action: 'look',
}
const disk = (free: number, name = 'a'): Sample[] => [
  { name: 'free', labels: { disk: name }, value: free },
  { name: 'size', labels: { disk: name }, value: 1000 },
]
const failures = (value: number, outcome = 'refused'): Sample => ({ name: 'failures_total', labels: { outcome }, value })

/** Looks once for each [second, samples]; the texts that fire after each. */
function over(alerts: readonly Alert[], looks: readonly (readonly [second: number, samples: Sample | readonly Sample[]])[]) {
  const watch = createAlertWatch(alerts)
  return looks.map(([second, samples]) => {
    watch.look([samples].flat(), second * 1000)
    return watch.firing().map(({ text }) => text)
  })
}

describe('a share of a gauge', () => {
  it('is pending until it held for long enough, is told with its value, and is over with the first look that is well', () => {
    const text = 'Of the disk a 5 % is free'
    const looks = over(
      [FULL],
      [
        [0, disk(50)],
        [20, disk(50)],
        [31, disk(50)],
        [40, disk(200)],
        [41, disk(50)],
        [60, disk(50)],
        [71, disk(50)],
      ],
    )
    expect(looks).toEqual([[], [], [text], [], [], [], [text]])
  })

  it('is of each series alone, and nothing is said without the whole', () => {
    const both = [...disk(50), ...disk(500, 'b'), { name: 'free', labels: { disk: 'c' }, value: 1 }]
    expect(
      over(
        [FULL],
        [
          [0, both],
          [30, both],
        ],
      ),
    ).toEqual([[], ['Of the disk a 5 % is free']])
  })

  it('is not said mildly when it is said harshly', () => {
    const harsh: Alert = { ...FULL, name: 'Fuller', severity: 'bad', value: 0.02, forSeconds: 0, says: 'full' }
    expect(
      over(
        [{ ...FULL, forSeconds: 0 }, harsh],
        [
          [0, disk(50)],
          [1, disk(10)],
          [2, disk(50)],
        ],
      ),
    ).toEqual([['Of the disk a 5 % is free'], ['full'], ['Of the disk a 5 % is free']])
  })
})

describe('the growth of a counter', () => {
  it('counts within its time only, from the first sight on, over all series that are meant', () => {
    const at = (second: number, refused: number, late: number): [number, Sample[]] => [
      second,
      [failures(refused), failures(late, 'late'), failures(99, 'fine')],
    ]
    expect(over([FAILING], [at(0, 2, 2), at(10, 3, 2), at(50, 3, 4), at(59, 3, 4), at(69, 3, 4), at(71, 3, 4), at(130, 3, 4)])).toEqual([
      [],
      ['5 failures'],
      ['7 failures'],
      ['7 failures'],
      [],
      [],
      [],
    ])
  })

  it('goes on over a process that starts again', () => {
    expect(
      over(
        [FAILING],
        [
          [0, failures(3)],
          [10, failures(2)],
          [20, failures(4)],
        ],
      ),
    ).toEqual([[], ['5 failures'], ['7 failures']])
  })

  it('goes on while its process is away', () => {
    expect(
      over(
        [FAILING],
        [
          [0, failures(5)],
          [30, []],
          [61, []],
        ],
      ),
    ).toEqual([['5 failures'], ['5 failures'], []])
  })
})

describe('the same for Prometheus', () => {
  it.each([
    [FULL, 'sum by (disk) (free) / sum by (disk) (size) < 0.1'],
    [FAILING, 'sum by () (increase(failures_total{outcome=~"refused|late"}[60s])) > 4'],
  ])('%o', (alert, expr) => {
    expect(expression(alert)).toBe(expr)
  })

  it('has its words', () => {
    expect(prometheusRule(FULL)).toEqual({
      alert: 'Full',
      expr: expression(FULL),
      for: '30s',
      labels: { severity: 'warning' },
      annotations: {
        summary: 'Of the disk {{ $labels.disk }} {{ $value | humanizePercentage }} is free',
        action: 'look at {{ $labels.disk }}',
      },
    })
  })
})
