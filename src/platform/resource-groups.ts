// Settings of the SQL front's resource groups: the fields of Trino's file of resource groups that are served here, and those that are not by their names.
import { parseDataSize, parseDuration } from '#kit/quantity'
import type { Zod } from '#platform/settings'

const EVERYBODY = `global.\${USER}`

/** Eight queries at once, six of one person; who runs least is next. */
const DEFAULT_GROUPS = [
  {
    name: 'global',
    hardConcurrencyLimit: 8,
    maxQueued: 200,
    schedulingPolicy: 'weighted_fair' as const,
    subGroups: [{ name: `\${USER}`, hardConcurrencyLimit: 6, maxQueued: 200 }],
  },
]

export function resourceGroups(z: Zod) {
  const unserved = z.never().optional().describe('Of Trino; not served here')
  const count = z.int().min(0)
  const duration = z
    .string()
    .refine((text) => typeof parseDuration(text) !== 'string', 'it is a time such as 90s or 5m')
    .optional()
  const size = z
    .string()
    .refine((text) => typeof parseDataSize(text) !== 'string', 'it is a size such as 500MB or 1GB')
    .optional()
  const queryLimits = z.strictObject({
    maxRunTime: duration.describe('From its submission to its end; default: 1h'),
    maxExecutionTime: duration.describe('From its beginning to its end'),
    maxCpuTime: duration.describe('Of processors'),
    maxScanPhysicalBytes: size.describe('Read of its sources'),
    maxMemory: size.describe('At once'),
  })
  const group = z.strictObject({
    name: z
      .string()
      .regex(/^(?:[^.$]|\$\{\w+\})+$/)
      .describe(`With \${USER}, \${SOURCE} or \${name} of a named group of the selector’s expressions: a group for each value`),
    hardConcurrencyLimit: count.describe('Queries that run at once, of it and its sub-groups'),
    maxQueued: count.describe('Queries that wait; one more is refused with QUERY_QUEUE_FULL'),
    schedulingPolicy: z
      .enum(['fair', 'weighted_fair', 'query_priority'])
      .optional()
      .describe('Which of those that wait is next; default: fair'),
    schedulingWeight: z.int().min(1).optional().describe('Of a sub-group under weighted_fair; default: 1'),
    queryLimits: queryLimits.optional().describe('Of each query; a session may only lower them'),
    givesWay: z.boolean().optional().describe('Not of Trino: its queries take the processors only that nothing else wants; default: false'),
    softMemoryLimit: unserved,
    softConcurrencyLimit: unserved,
    softCpuLimit: unserved,
    hardCpuLimit: unserved,
    hardPhysicalDataScanLimit: unserved,
    jmxExport: unserved,
    get subGroups() {
      return z.array(group).optional()
    },
  })
  const selector = z.strictObject({
    user: z.string().optional().describe('Expression that the person’s name matches whole'),
    userGroup: z.string().optional().describe('Expression that one of his roles matches'),
    source: z.string().optional().describe('Expression that X-Trino-Source matches: the client’s word'),
    clientTags: z.array(z.string()).optional().describe('Tags that X-Trino-Client-Tags has: the client’s word'),
    originalUser: unserved,
    authenticatedUser: unserved,
    queryText: unserved,
    queryType: unserved,
    selectorResourceEstimate: unserved,
    group: z.string().describe('Names from a root group down, with dots'),
  })
  return z
    .strictObject({
      rootGroups: z
        .array(group)
        .default(DEFAULT_GROUPS)
        .describe('Limits of queries, as in Trino’s file of resource groups; of all groups together eight run at once'),
      selectors: z
        .array(selector)
        .default([{ group: EVERYBODY }])
        .describe('Which query is of which group: the first that matches decides'),
      cpuQuotaPeriod: unserved,
      physicalDataScanQuotaPeriod: unserved,
    })
    .prefault({})
}
