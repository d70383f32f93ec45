// Data catalogue (OpenMetadata): on the cluster; not part of one machine yet.
import { defineService } from '#platform/service'

export const governance = defineService({
  name: 'governance',
  title: 'Data catalogue (OpenMetadata)',
  layer: 'governance',
  hosts: ['catalog'],
  guarded: false,
  cluster: {
    name: 'akko-openmetadata',
    workload: 'Deployment',
    image: { repository: 'openmetadata/server', tag: '1.12.1' },
    ports: { main: 8585 },
    resources: { cpu: '500m', memory: '2Gi', memoryLimit: '4Gi' },
    readiness: { port: 'main', path: '/api/v1/system/version' },
    profile: 'governance',
  },
  needs: ['postgres-init', 'identity'],
})
