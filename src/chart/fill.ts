// The placeholders of declarations, as Helm templates over the umbrella's global values or as plain addresses of Services.
import { own } from '#kit/own'
import { services } from '#platform/registry'

/** `%{url identity}` -> `http://akko-keycloak:8080`, `%{domain}` -> the chart's expression for it. */
export function fill(text: string): string {
  return text.replace(/%\{([^}]+)\}/g, (whole, inside: string) => {
    const [word, name] = inside.split(' ')
    if (word === 'domain') return '{{ .Values.global.domain }}'
    if (word === 's3.endpoint') return '{{ include "akko-common.s3Endpoint" . }}'
    if (word === 's3.keys') return '{{ include "akko-common.s3Keys" . }}'
    if (word === 's3.iamEndpoint') return '{{ .Values.global.s3.iamEndpoint }}'
    if (word === 's3.region') return '{{ include "akko-common.s3Region" . }}'
    if (word === 'release') return '{{ .Release.Name }}'
    if (word?.startsWith('pods.')) return ofPods(word.slice('pods.'.length))
    if (word === 'scrape-config') return scrapeConfig()
    const service = services.find((s) => s.name === name)
    if (!service?.cluster) throw new Error(`${whole} names no service of the cluster`)
    const { name: host, ports } = service.cluster
    if (word === 'host') return host
    if (word === 'port') return String(ports.main)
    if (word === 'address') return `${host}:${ports.main}`
    if (word === 'url') return `http://${host}:${ports.main}`
    if (word === 'origin' && service.hosts?.[0] !== undefined) return `https://${service.hosts[0]}.{{ .Values.global.domain }}`
    throw new Error(`${whole} is no placeholder`)
  })
}

/** What a service is told about the pods that it starts. */
function ofPods(what: string): string {
  const known: Readonly<Record<string, string>> = {
    image: '{{ include "akko-common.image" (dict "root" . "image" .Values.pods.image) }}',
    pullPolicy: '{{ .Values.global.image.pullPolicy }}',
    pullSecrets: '{{ join "," .Values.global.image.pullSecrets }}',
    size: '{{ .Values.pods.persistence.size }}',
    storageClass: '{{ .Values.pods.persistence.storageClass | default .Values.global.storageClass }}',
  }
  const text = own(known, what)
  if (!text) throw new Error(`%{pods.${what}} is no placeholder`)
  return text
}

/** Prometheus asks every declared metrics door by its Service name. */
function scrapeConfig(): string {
  const targets = services.flatMap((s) =>
    s.cluster?.scrape
      ? [
          `  - job_name: ${s.name}\n    metrics_path: ${s.cluster.scrape.path}\n    dns_sd_configs:\n      - { names: [${s.cluster.name}], type: A, port: ${s.cluster.ports[s.cluster.scrape.port]} }`,
        ]
      : [],
  )
  return `global:\n  scrape_interval: 30s\nscrape_configs:\n${targets.join('\n')}\n`
}
