// Business intelligence (Superset): on the cluster; not part of one machine yet.
import { banking } from '#platform/dashboards/banking'
import { ofKinds } from '#platform/jobs'
import { ICEBERG_CATALOG, REALM, ROLES, secretName } from '#platform/names'
import type { Resource } from '#platform/resources'
import { defineService } from '#platform/service'

const OIDC = 'protocol/openid-connect'

const CONFIG = `import os
import time
from urllib.parse import quote

import requests
from flask_appbuilder.security.manager import AUTH_OAUTH

SECRET_KEY = os.environ["SUPERSET_SECRET_KEY"]
SQLALCHEMY_DATABASE_URI = f"postgresql://superset:{quote(os.environ['AKKO_DATABASE_PASSWORD'], safe='')}@%{address postgresql}/superset"
ENABLE_PROXY_FIX = True
AUTH_TYPE = AUTH_OAUTH
# Init jobs log in with the password of their administrator; people have none.
AUTH_API_LOGIN_ALLOW_MULTIPLE_PROVIDERS = True
AUTH_USER_REGISTRATION = True
AUTH_USER_REGISTRATION_ROLE = "Gamma"
AUTH_ROLES_SYNC_AT_LOGIN = True
AUTH_ROLES_MAPPING = {"${ROLES.admin}": ["Admin"], "${ROLES.engineer}": ["Alpha"], "${ROLES.analyst}": ["Alpha"]}
CLIENT = {"client_id": os.environ["AKKO_OIDC_CLIENT_ID"], "client_secret": os.environ["AKKO_OIDC_CLIENT_SECRET"]}
OAUTH_PROVIDERS = [{
    "name": "keycloak",
    "token_key": "access_token",
    "remote_app": {
        **CLIENT,
        "api_base_url": "%{url identity}/realms/${REALM}/protocol/",
        "access_token_url": "%{url identity}/realms/${REALM}/${OIDC}/token",
        "authorize_url": "%{origin identity}/realms/${REALM}/${OIDC}/auth",
        "jwks_uri": "%{url identity}/realms/${REALM}/${OIDC}/certs",
        "client_kwargs": {"scope": "openid email profile groups"},
    },
}]

held = {"token": "", "until": 0.0}


def token():
    # The SQL engine wants a token of the realm; one is asked for when half of the last one's life is over.
    if time.monotonic() >= held["until"]:
        answer = requests.post(
            "%{url identity}/realms/${REALM}/${OIDC}/token", data={**CLIENT, "grant_type": "client_credentials"}, timeout=10
        )
        answer.raise_for_status()
        body = answer.json()
        held.update(token=body["access_token"], until=time.monotonic() + body["expires_in"] / 2)
    return held["token"]


def DB_CONNECTION_MUTATOR(uri, params, username, security_manager, source):
    if uri.drivername.startswith("trino") and uri.host == "%{host sql}":
        params.setdefault("connect_args", {})["http_headers"] = {"Authorization": f"Bearer {token()}"}
    return uri, params
`

/** The administrator that init jobs work as; people come by single sign-on. */
const ADMIN = `import os

from superset.app import create_app

with create_app().app_context():
    from superset import db, security_manager

    password = os.environ["AKKO_BI_ADMIN_PASSWORD"]
    user = security_manager.find_user("admin")
    if user is None:
        role = security_manager.find_role("Admin")
        if not security_manager.add_user("admin", "Platform", "Administrator", "admin@superset.invalid", role, password=password):
            raise SystemExit("the administrator could not be made")
    elif not security_manager.auth_user_db("admin", password):
        security_manager.reset_password(user.id, password)
    db.session.commit()
`

const START = `set -eu
superset db upgrade
superset init
python /etc/superset/first_admin.py
exec gunicorn --bind "0.0.0.0:%{port bi}" --workers 2 --worker-class gthread --threads 20 --timeout 120 "superset.app:create_app()"
`

export const bi = defineService({
  name: 'bi',
  title: 'Business intelligence (Superset)',
  layer: 'analytics',
  hosts: ['bi'],
  guarded: false,
  cluster: {
    name: 'akko-superset',
    workload: 'Deployment',
    image: { repository: 'akko-superset', tag: '2026.11', own: true },
    ports: { main: 8088 },
    resources: { cpu: '500m', memory: '512Mi', memoryLimit: '2Gi' },
    readiness: { port: 'main', path: '/health' },
    command: ['/bin/sh', '/etc/superset/start.sh'],
    env: {
      SUPERSET_CONFIG_PATH: '/etc/superset/superset_config.py',
      SUPERSET_HOME: '/app/superset_home',
      FLASK_APP: 'superset.app:create_app()',
      AKKO_OIDC_CLIENT_ID: 'superset',
    },
    secretEnv: {
      SUPERSET_SECRET_KEY: secretName.app('superset'),
      AKKO_OIDC_CLIENT_SECRET: secretName.client('superset'),
      AKKO_BI_ADMIN_PASSWORD: secretName.biAdmin,
    },
    adminEnv: { AKKO_BI_ADMIN_PASSWORD: secretName.biAdmin },
    database: { server: 'postgresql', name: 'superset', passwordEnv: 'AKKO_DATABASE_PASSWORD' },
    config: {
      '/etc/superset/superset_config.py': CONFIG,
      '/etc/superset/first_admin.py': ADMIN,
      '/etc/superset/start.sh': START,
    },
    user: 1000,
    scratch: ['/app/superset_home'],
    profile: 'full',
  },
  needs: ['postgres-init', 'sql', 'identity'],
  jobs: [
    {
      name: 'superset-bootstrap',
      title: 'Data source and, with the demo, its dashboard',
      needs: ['bi'],
      selects: ofKinds('dataSource', 'dataset', 'chart', 'dashboard'),
      toggle: 'akko-init.supersetBootstrap.enabled',
    },
  ],
  resources: ({ shape, demo }) => {
    if (shape !== 'cluster') return []
    // It is its own account of the realm: what it shows is what that one may see.
    const uri = `trino://service-account-superset@%{address sql}/${ICEBERG_CATALOG}`
    const source: Resource = { kind: 'dataSource', name: 'akko-sql', title: 'AKKO SQL', uri }
    // Without the demo its tables are not there.
    return demo ? [source, ...banking.datasets, ...banking.charts, banking.dashboard] : [source]
  },
})
