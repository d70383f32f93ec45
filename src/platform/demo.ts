// The job that loads the demo on a cluster: what it needs, as data. What it does is in src/demo.
import { DEMO_DATABASE, PLACES_DATABASE, SQL_CLIENT, secretName } from '#platform/names'

export const DEMO = {
  name: 'demo',
  needs: ['sql', 'postgres-data-init', 'keycloak-clients'],
  /** Environment name of its owner's password -> database. */
  databases: { server: 'postgresql-data', passwords: { AKKO_BANKING_PASSWORD: DEMO_DATABASE, AKKO_GEOSPATIAL_PASSWORD: PLACES_DATABASE } },
  secretEnv: { AKKO_OIDC_CLIENT_SECRET: secretName.client(SQL_CLIENT) },
  env: {
    AKKO_SQL_URL: '%{url sql}',
    AKKO_IDENTITY_ADDRESS: '%{address identity}',
    AKKO_POSTGRESQL_DATA_ADDRESS: '%{address postgresql-data}',
  },
} as const
