// Notebooks (JupyterHub): on the cluster; not part of one machine yet.
import { REALM, secretName } from '#platform/names'
import { defineService } from '#platform/service'

export const lab = defineService({
  name: 'lab',
  title: 'Notebooks (JupyterHub)',
  layer: 'analytics',
  hosts: ['lab'],
  guarded: false,
  cluster: {
    name: 'akko-jupyterhub',
    workload: 'Deployment',
    image: { repository: 'akko-jupyterhub', tag: '2026.11', own: true },
    ports: { main: 8000 },
    resources: { cpu: '250m', memory: '256Mi', memoryLimit: '1Gi' },
    readiness: { port: 'main', path: '/hub/health' },
    secretEnv: { AKKO_OIDC_CLIENT_SECRET: secretName.client('jupyterhub'), AKKO_HUB_KEY: secretName.app('jupyterhub') },
    env: {
      AKKO_ORIGIN: '%{origin lab}',
      AKKO_OIDC_CLIENT_ID: 'jupyterhub',
      AKKO_OIDC_ISSUER: `%{origin identity}/realms/${REALM}`,
      AKKO_OIDC_BACKCHANNEL: `%{url identity}/realms/${REALM}`,
      AKKO_DATABASE_ADDRESS: '%{address postgresql}',
      // Trino takes tokens behind TLS only: notebooks go by its public host.
      AKKO_SQL_URL: '%{origin sql}',
      AKKO_RELEASE: '%{release}',
      AKKO_NOTEBOOK_IMAGE: '%{pods.image}',
      AKKO_NOTEBOOK_PULL_POLICY: '%{pods.pullPolicy}',
      AKKO_NOTEBOOK_REGISTRY_LOGINS: '%{pods.pullSecrets}',
      AKKO_NOTEBOOK_STORAGE: '%{pods.size}',
      AKKO_NOTEBOOK_STORAGE_CLASS: '%{pods.storageClass}',
    },
    database: { server: 'postgresql', name: 'jupyterhub', passwordEnv: 'AKKO_DATABASE_PASSWORD' },
    scratch: ['/srv/jupyterhub'],
    // KubeSpawner starts one pod and one volume per person and follows their events. Volumes are people's work: it cannot delete them.
    kubernetesRights: [
      { apiGroup: '', resources: ['pods'], verbs: ['get', 'list', 'watch', 'create', 'delete'] },
      { apiGroup: '', resources: ['persistentvolumeclaims'], verbs: ['get', 'list', 'watch', 'create'] },
      { apiGroup: '', resources: ['events'], verbs: ['get', 'list', 'watch'] },
    ],
    needs: ['sql'],
    // Doors that ask for a person's own credentials; Spark Connect and MLflow would let everybody in as themselves.
    pods: {
      component: 'notebook',
      image: { repository: 'akko-notebook', tag: '2026.11', own: true },
      port: 8888,
      storage: '10Gi',
      needs: ['catalog', 'storage'],
    },
    profile: 'full',
  },
  needs: ['postgres-init', 'identity'],
})
