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
} as const

/** A person's own tools (the browser through the edge, the terminal) go everywhere. */
export const EVERY_PART: readonly string[] = Object.values(AUDIENCE)
