// All kinds by name: the only list that a new kind is added to.
import type { Kind as KindName } from '#platform/resources'
import type { AnyKind } from './kind.ts'
import { bucketKind } from './kinds/bucket.ts'
import { catalogKind } from './kinds/catalog.ts'
import { catalogRoleKind } from './kinds/catalog-role.ts'
import { chartKind } from './kinds/chart.ts'
import { clientKind } from './kinds/client.ts'
import { dashboardKind } from './kinds/dashboard.ts'
import { dataSourceKind } from './kinds/data-source.ts'
import { databaseKind } from './kinds/database.ts'
import { datasetKind } from './kinds/dataset.ts'
import { directoryKind } from './kinds/directory.ts'
import { extensionKind } from './kinds/extension.ts'
import { grantKind } from './kinds/grant.ts'
import { keyKind } from './kinds/key.ts'
import { modelKind } from './kinds/model.ts'
import { namespaceKind } from './kinds/namespace.ts'
import { principalKind } from './kinds/principal.ts'
import { principalRoleKind } from './kinds/principal-role.ts'
import { realmKind } from './kinds/realm.ts'
import { realmRoleKind } from './kinds/realm-role.ts'
import { roleKind } from './kinds/role.ts'
import { schemaKind } from './kinds/schema.ts'
import { tableKind } from './kinds/table.ts'
import { userKind } from './kinds/user.ts'

export const kinds: Readonly<Record<KindName, AnyKind>> = {
  role: roleKind,
  database: databaseKind,
  extension: extensionKind,
  schema: schemaKind,
  table: tableKind,
  bucket: bucketKind,
  key: keyKind,
  catalog: catalogKind,
  namespace: namespaceKind,
  principalRole: principalRoleKind,
  principal: principalKind,
  catalogRole: catalogRoleKind,
  grant: grantKind,
  realm: realmKind,
  realmRole: realmRoleKind,
  client: clientKind,
  user: userKind,
  directory: directoryKind,
  dataSource: dataSourceKind,
  dataset: datasetKind,
  chart: chartKind,
  dashboard: dashboardKind,
  model: modelKind,
}
