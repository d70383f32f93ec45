// An alert as data: what a part declares, what is shown while it fires, and the rule of Prometheus that says the same.

export interface Alert {
  /** As Prometheus names alerts: `DiskNearlyFull`. */
  readonly name: string
  readonly severity: 'warn' | 'bad'
  readonly metric: string
  /** Only series with these values; a list is any of it. */
  readonly labels?: Readonly<Record<string, string | readonly string[]>>
  /** Of a counter: how much it grew in so many seconds. */
  readonly overSeconds?: number
  /** A metric with the same labels; the share of it counts. */
  readonly of?: string
  /** Labels whose series are told apart; the others are summed up. */
  readonly by: readonly string[]
  readonly op: '>' | '<'
  readonly value: number
  /** For how long it must hold. */
  readonly forSeconds: number
  /** One sentence, with `%{label}` of `by` and `%{value}`: a percentage with `of`, else a whole number. */
  readonly says: string
  /** The command that helps, or what to do. */
  readonly action: string
}

/** What is shown of an alert that fires, for each series that it holds of. */
export interface FiringAlert {
  readonly name: string
  readonly severity: 'warn' | 'bad'
  /** Whose it is, where it is one's. */
  readonly part?: string
  readonly labels: Readonly<Record<string, string>>
  readonly text: string
  readonly action: string
  /** ISO time since when it holds. */
  readonly since: string
}

export interface PrometheusRule {
  readonly alert: string
  readonly expr: string
  readonly for: string
  readonly labels: { readonly severity: 'warning' | 'critical' }
  readonly annotations: { readonly summary: string; readonly action: string }
}

/** The same alert for Prometheus. */
export function prometheusRule(alert: Alert): PrometheusRule {
  const value = alert.of === undefined ? '{{ $value | printf "%.0f" }}' : '{{ $value | humanizePercentage }}'
  const text = (template: string) => fillIn(template, (name) => (name === 'value' ? value : `{{ $labels.${name} }}`))
  return {
    alert: alert.name,
    expr: expression(alert),
    for: `${alert.forSeconds}s`,
    labels: { severity: alert.severity === 'bad' ? 'critical' : 'warning' },
    annotations: { summary: text(alert.says), action: text(alert.action) },
  }
}

export function expression({ metric, labels = {}, overSeconds, of, by, op, value }: Alert): string {
  const matchers = Object.entries(labels).map(([name, wanted]) =>
    typeof wanted === 'string' ? `${name}="${wanted}"` : `${name}=~"${wanted.join('|')}"`,
  )
  const selector = matchers.length === 0 ? '' : `{${matchers.join(',')}}`
  const side = (name: string) => {
    const series = `${name}${selector}`
    return `sum by (${by.join(', ')}) (${overSeconds === undefined ? series : `increase(${series}[${overSeconds}s])`})`
  }
  return `${side(metric)}${of === undefined ? '' : ` / ${side(of)}`} ${op} ${value}`
}

/** `%{name}` by what it stands for. */
export function fillIn(template: string, meaning: (name: string) => string): string {
  return template.replace(/%\{(\w+)\}/g, (_, name: string) => meaning(name))
}
