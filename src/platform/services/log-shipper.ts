// Log shipper (Fluent Bit): on the cluster; not part of one machine.
import { defineService } from '#platform/service'

export const logShipper = defineService({
  name: 'log-shipper',
  title: 'Log shipper (Fluent Bit)',
  layer: 'observability',
  cluster: {
    name: 'akko-fluent-bit',
    workload: 'DaemonSet',
    image: { repository: 'fluent/fluent-bit', tag: '4.2.0' },
    ports: { main: 2020 },
    resources: { cpu: '50m', memory: '64Mi', memoryLimit: '256Mi' },
    readiness: { port: 'main', path: '/api/v1/health' },
    args: ['-c', '/etc/fluent-bit/fluent-bit.yaml'],
    config: {
      '/etc/fluent-bit/fluent-bit.yaml': `service:
  http_server: on
  http_port: %{port log-shipper}
  health_check: on
pipeline:
  inputs:
    - { name: tail, path: "/var/log/containers/*.log", multiline.parser: "docker, cri", tag: "kube.*", db: /state/tail.db }
  outputs:
    - { name: http, match: "*", host: "%{host logs}", port: %{port logs}, uri: "/insert/jsonline?_stream_fields=stream&_msg_field=log&_time_field=date", format: json_lines, json_date_format: iso8601 }
`,
    },
    nodePaths: ['/var/log'],
    scratch: ['/state'],
    rootBecause: "the node's log files belong to root",
    profile: 'full',
  },
  needs: ['logs'],
})
