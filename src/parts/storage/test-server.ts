// The part in a process of its own, for tests that kill it: home, port and metrics port as arguments.
import { createRolePolicy } from '#parts/policy/index'
import { testDeps } from '#parts/storage/fixture'
import { createStorage } from '#parts/storage/index'
import { RESOURCE_KINDS } from '#runtime/policy'

const [home, port, metricsPort] = process.argv.slice(2) as [string, string, string]
const policy = createRolePolicy({ roleGrants: {}, masks: {}, classified: [], rowFilters: [] }, RESOURCE_KINDS)
const ports = { port: Number(port), metricsPort: Number(metricsPort) }
await createStorage(await testDeps(home, policy, { ...ports, reserveBytes: 8 * 1024 * 1024 })).start()
process.stdout.write('ready\n')
