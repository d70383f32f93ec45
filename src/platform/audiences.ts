// Whom access tokens are for: the realm client that stands for each part, and the lists of those who go to several.
import { SQL_CLIENT } from '#platform/names'

/** The audience that a token must name to open a part. */
export const AUDIENCE = {
  ai: 'ai',
  catalog: 'polaris',
  cockpit: 'cockpit',
  docs: 'docs',
  /** The guarded hosts of the gateway. */
  gateway: 'gateway',
  /** The admin API of the realm, by Keycloak's own name. */
  identity: 'realm-management',
  llm: 'litellm',
  mcp: 'mcp',
  sql: SQL_CLIENT,
  /** Sessions of S3, by STS. */
  storage: 'storage',
} as const

/** Stand for parts that no cluster has yet: a token there that named them would open nothing, until one day it did. */
const NOT_ON_CLUSTERS: readonly string[] = [AUDIENCE.ai, AUDIENCE.mcp, AUDIENCE.storage]

/** Those that tokens may name on a site. */
export function mintedOn(shape: 'machine' | 'cluster', audiences: readonly string[]): readonly string[] {
  return shape === 'cluster' ? audiences.filter((name) => !NOT_ON_CLUSTERS.includes(name)) : audiences
}

/** A person's own tools (the browser through the edge, the terminal) go everywhere. */
export const EVERY_PART: readonly string[] = Object.values(AUDIENCE)
