// Pipelines (Airflow): on the cluster; not part of one machine yet.
import { REALM, secretName } from '#platform/names'
import { defineService } from '#platform/service'

/** Printed for Airflow, which reads it as a command line. */
const CONNECTION = [
  'import os, urllib.parse as u',
  "print('postgresql+psycopg2://airflow:' + u.quote(os.environ['AKKO_DATABASE_PASSWORD'], safe='') + '@%{address postgresql}/airflow')",
].join('; ')

export const orchestrator = defineService({
  name: 'orchestrator',
  title: 'Pipelines (Airflow)',
  layer: 'analytics',
  hosts: ['orchestrator'],
  guarded: false,
  cluster: {
    name: 'akko-airflow',
    workload: 'Deployment',
    image: { repository: 'akko-airflow', tag: '2026.11', own: true },
    ports: { main: 8082 },
    resources: { cpu: '500m', memory: '1Gi', memoryLimit: '2Gi' },
    readiness: { port: 'main', path: '/api/v2/monitor/health' },
    env: {
      AIRFLOW__API__PORT: '%{port orchestrator}',
      AIRFLOW__API__BASE_URL: '%{origin orchestrator}',
      AIRFLOW__CORE__EXECUTOR: 'LocalExecutor',
      // Any password fits, and stands in no URL that others read from the environment.
      AIRFLOW__DATABASE__SQL_ALCHEMY_CONN_CMD: `python -c "${CONNECTION}"`,
      AKKO_OIDC_CLIENT_ID: 'airflow',
      AKKO_OIDC_ISSUER: `%{origin identity}/realms/${REALM}`,
      AKKO_OIDC_BACKCHANNEL: `%{url identity}/realms/${REALM}`,
    },
    secretEnv: {
      AIRFLOW__CORE__FERNET_KEY: secretName.app('airflow'),
      AIRFLOW__API_AUTH__JWT_SECRET: secretName.app('airflow-jwt'),
      AKKO_OIDC_CLIENT_SECRET: secretName.client('airflow'),
    },
    database: { server: 'postgresql', name: 'airflow', passwordEnv: 'AKKO_DATABASE_PASSWORD' },
    s3: 'airflow',
    user: 50000,
    scratch: ['/opt/airflow/logs'],
    needs: ['storage-init', 'sql'],
    profile: 'full',
  },
  needs: ['postgres-init', 'identity'],
})
