// Where nothing tells kubectl of a cluster, it is not the machine's port 8080 that is missing.
import { spawnSync } from 'node:child_process'
import { afterEach, expect, it, vi } from 'vitest'
import { planCluster } from '#cli/commands/plan-cluster'

afterEach(() => vi.unstubAllEnvs())

const kubectl = spawnSync('kubectl', ['version', '--client']).status === 0

it('without a kubeconfig says so, and how to name one', async () => {
  vi.stubEnv('KUBECONFIG', '/nonexistent/kubeconfig')
  const error = (await planCluster({}).catch((thrown: unknown) => thrown)) as Error & { hint: string }
  expect(error.message).toBe(kubectl ? 'no cluster is configured here for kubectl' : 'there is no kubectl on the PATH')
  if (kubectl) expect(error.hint).toContain('akko plan --cluster --kubeconfig FILE')
})
