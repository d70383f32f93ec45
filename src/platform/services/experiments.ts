// Experiments (MLflow): on the cluster; not part of one machine yet.
import { defineService } from '#platform/service'

export const experiments = defineService({
  name: 'experiments',
  title: 'Experiments (MLflow)',
  layer: 'ai',
  hosts: ['experiments'],
  guarded: true,
  cluster: {
    name: 'akko-mlflow',
    workload: 'Deployment',
    image: { repository: 'akko-mlflow', tag: '2026.11', own: true },
    ports: { main: 5000 },
    resources: { cpu: '250m', memory: '512Mi', memoryLimit: '1Gi' },
    readiness: { port: 'main', path: '/health' },
    env: {
      AKKO_DATABASE_ADDRESS: '%{address postgresql}',
      AKKO_ARTIFACTS: 's3://akko-mlflow/',
      MLFLOW_SERVER_ALLOWED_HOSTS: '%{domain},*.%{domain},akko-mlflow,akko-mlflow:*,localhost:*',
      MLFLOW_S3_ENDPOINT_URL: '%{s3.endpoint}',
      AWS_ACCESS_KEY_ID: '$(AKKO_S3_ACCESS_KEY)',
      AWS_SECRET_ACCESS_KEY: '$(AKKO_S3_SECRET_KEY)',
    },
    database: { server: 'postgresql', name: 'mlflow', passwordEnv: 'AKKO_DATABASE_PASSWORD' },
    s3: 'mlflow',
    profile: 'full',
  },
  needs: ['postgres-init', 'storage-init'],
})
