// Business intelligence (Superset): on the cluster; not part of one machine yet.
import { REALM, secretName } from '#platform/names'
import { defineService } from '#platform/service'

export const bi = defineService({
  name: 'bi',
  title: 'Business intelligence (Superset)',
  layer: 'analytics',
  hosts: ['bi'],
  guarded: false,
  cluster: {
    name: 'akko-superset',
    workload: 'Deployment',
    image: { repository: 'apache/superset', tag: '4.1.1' },
    ports: { main: 8088 },
    resources: { cpu: '500m', memory: '512Mi', memoryLimit: '2Gi' },
    readiness: { port: 'main', path: '/health' },
    env: { SUPERSET_CONFIG_PATH: '/etc/superset/superset_config.py', AKKO_OIDC_CLIENT_ID: 'superset' },
    secretEnv: { SUPERSET_SECRET_KEY: secretName.app('superset'), AKKO_OIDC_CLIENT_SECRET: secretName.client('superset') },
    database: { server: 'postgresql', name: 'superset', passwordEnv: 'AKKO_DATABASE_PASSWORD' },
    config: {
      '/etc/superset/superset_config.py': `import os
from flask_appbuilder.security.manager import AUTH_OAUTH

SECRET_KEY = os.environ["SUPERSET_SECRET_KEY"]
SQLALCHEMY_DATABASE_URI = f"postgresql://superset:{os.environ['AKKO_DATABASE_PASSWORD']}@%{address postgresql}/superset"
ENABLE_PROXY_FIX = True
AUTH_TYPE = AUTH_OAUTH
AUTH_USER_REGISTRATION = True
OAUTH_PROVIDERS = [{
    "name": "keycloak",
    "token_key": "access_token",
    "remote_app": {
        "client_id": os.environ["AKKO_OIDC_CLIENT_ID"],
        "client_secret": os.environ["AKKO_OIDC_CLIENT_SECRET"],
        "api_base_url": "%{url identity}/realms/${REALM}/protocol/openid-connect/",
        "access_token_url": "%{url identity}/realms/${REALM}/protocol/openid-connect/token",
        "authorize_url": "%{origin identity}/realms/${REALM}/protocol/openid-connect/auth",
        "jwks_uri": "%{url identity}/realms/${REALM}/protocol/openid-connect/certs",
        "client_kwargs": {"scope": "openid email profile"},
    },
}]
`,
    },
    user: 1000,
    scratch: ['/app/superset_home'],
    profile: 'full',
  },
  needs: ['postgres-init', 'sql', 'identity'],
})
