// Data catalogue (OpenMetadata): on the cluster; not part of one machine yet.
import { secretName } from '#platform/names'
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
    env: {
      SERVER_PORT: '%{port governance}',
      DB_DRIVER_CLASS: 'org.postgresql.Driver',
      DB_SCHEME: 'postgresql',
      DB_HOST: '%{host postgresql}',
      DB_PORT: '%{port postgresql}',
      DB_USER: 'openmetadata',
      OM_DATABASE: 'openmetadata',
      ELASTICSEARCH_HOST: '%{host search}',
      ELASTICSEARCH_PORT: '%{port search}',
      SEARCH_TYPE: 'opensearch',
    },
    secretEnv: { OIDC_CLIENT_SECRET: secretName.client('openmetadata') },
    database: { server: 'postgresql', name: 'openmetadata', passwordEnv: 'DB_USER_PASSWORD' },
    user: 1000,
    scratch: ['/opt/openmetadata/logs'],
    needs: ['search'],
    profile: 'governance',
  },
  needs: ['postgres-init', 'identity'],
})
