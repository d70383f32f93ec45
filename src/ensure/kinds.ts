// All kinds by name: the only list that a new kind is added to.

import type { AnyKind } from '#ensure/kind'
import { bucketKind } from '#ensure/kinds/bucket'
import { catalogKind } from '#ensure/kinds/catalog'
import { catalogRoleKind } from '#ensure/kinds/catalog-role'
import { chartKind } from '#ensure/kinds/chart'
import { clientKind } from '#ensure/kinds/client'
import { dashboardKind } from '#ensure/kinds/dashboard'
import { dataSourceKind } from '#ensure/kinds/data-source'
import { databaseKind } from '#ensure/kinds/database'
import { datasetKind } from '#ensure/kinds/dataset'
import { directoryKind } from '#ensure/kinds/directory'
import { extensionKind } from '#ensure/kinds/extension'
import { grantKind } from '#ensure/kinds/grant'
import { keyKind } from '#ensure/kinds/key'
import { modelKind } from '#ensure/kinds/model'
import { namespaceKind } from '#ensure/kinds/namespace'
import { principalKind } from '#ensure/kinds/principal'
import { principalRoleKind } from '#ensure/kinds/principal-role'
import { realmKind } from '#ensure/kinds/realm'
import { realmRoleKind } from '#ensure/kinds/realm-role'
import { roleKind } from '#ensure/kinds/role'
import { schemaKind } from '#ensure/kinds/schema'
import { tableKind } from '#ensure/kinds/table'
import { userKind } from '#ensure/kinds/user'
import type { Kind as KindName } from '#platform/resources'

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
