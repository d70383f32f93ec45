// Published reports: on the cluster; not part of one machine yet.
import { defineService } from '#platform/service'

export const docs = defineService({
  name: 'docs',
  title: 'Published reports',
  layer: 'analytics',
  hosts: ['docs'],
  guarded: true,
  cluster: {
    name: 'akko-docs',
    workload: 'Deployment',
    image: { repository: 'nginx', tag: '1.29-alpine' },
    ports: { main: 8080 },
    resources: { cpu: '20m', memory: '32Mi', memoryLimit: '64Mi' },
    readiness: { port: 'main', path: '/' },
    config: {
      '/etc/nginx/conf.d/default.conf':
        'server {\n  listen %{port docs};\n  listen [::]:%{port docs};\n  root /usr/share/nginx/html;\n  autoindex on;\n}\n',
    },
    user: 101,
    scratch: ['/var/cache/nginx', '/var/run'],
    profile: 'full',
  },
  needs: [],
})
