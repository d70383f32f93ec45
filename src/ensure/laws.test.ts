// Every kind against a real server of its protocol: the four laws.
import { afterAll, beforeAll, describe } from 'vitest'
import { kinds } from '#ensure/kinds'
import { catalogFixtures, identityFixtures, postgresFixtures, storageFixtures } from '#ensure/test-fixtures'
import { coversAllKinds, type Fixture, type LawServer, obeysTheLaws } from '#ensure/test-laws'
import { startCatalogLawServer, startIdentityLawServer, startPostgresLawServer, startStorageLawServer } from '#ensure/test-servers'

function laws<S extends LawServer>(title: string, start: () => Promise<S>, fixtures: (server: () => S) => readonly Fixture<S>[]) {
  describe(title, () => {
    let server: S
    beforeAll(async () => {
      server = await start()
    })
    afterAll(() => server?.stop())
    obeysTheLaws(
      () => server,
      fixtures(() => server),
    )
  })
}

laws('PostgreSQL', startPostgresLawServer, () => postgresFixtures)
laws('object storage', startStorageLawServer, () => storageFixtures)
laws('catalogue', startCatalogLawServer, (server) => catalogFixtures(() => server().baseLocation))
laws('identity', startIdentityLawServer, () => identityFixtures)

/** Kinds of servers that are none of ours. */
const ELSEWHERE: Readonly<Record<string, readonly string[]>> = {
  'src/ensure/model.test.ts': ['model'],
  'test/cluster/superset.test.ts': ['dataSource', 'dataset', 'chart', 'dashboard'],
  'test/strangers/keycloak-real.test.ts': ['directory'],
}

coversAllKinds(
  Object.keys(kinds),
  [...postgresFixtures, ...storageFixtures, ...catalogFixtures(() => ''), ...identityFixtures],
  Object.values(ELSEWHERE).flat(),
)
