// The node itself: what every chart leans on, with an image of a few megabytes.
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { BUSYBOX } from '#test/cluster/archive'
import { startCluster, type TestCluster } from '#test/cluster/cluster'
import { eventually } from '#test/cluster/daemons'
import { NET } from '#test/cluster/kubernetes'

const say = (line: string) => process.stdout.write(`${line}\n`)
const IN = '--namespace=smoke'
const CHART = join(import.meta.dirname, 'smoke')

describe('the node of the test cluster', () => {
  let cluster: TestCluster
  beforeAll(async () => {
    cluster = await startCluster(say)
    await cluster.run('kubectl', ['delete', 'namespace', 'smoke', '--ignore-not-found', '--wait'])
  })
  afterAll(async () => {
    await cluster?.run('kubectl', ['delete', 'namespace', 'smoke', '--ignore-not-found', '--wait'])
    await cluster?.stop()
  })
  it('installs a chart with hooks, a volume, a Service and names', async () => {
    const began = Date.now()
    await cluster.helm(['install', 'smoke', CHART, IN, '--create-namespace', '--set', `image=${BUSYBOX}`, '--wait', '--timeout=3m'])
    say(`helm install with hooks: ${((Date.now() - began) / 1000).toFixed(1)} s`)
    expect(await cluster.kubectl(['logs', 'job/before', IN])).toContain('before the install')
    expect(await cluster.kubectl(['logs', 'job/after', IN])).toMatch(/^web-\S+ \d+$/m)
  })

  it("answers at its Service and its node port in the cluster's network, and keeps its volume when the pod is another", async () => {
    const { spec } = JSON.parse(await cluster.kubectl(['get', 'service', 'web', IN, '--output=json']))
    const page = async (at: string) => (await cluster.run('curl', ['-sS', '--max-time', '5', `http://${at}/`])).stdout
    const first = await page(spec.clusterIP)
    expect(first).toMatch(/^web-\S+ \d+$/m)
    expect(await page(`${NET.node}:${spec.ports[0].nodePort}`)).toBe(first)
    await cluster.kubectl(['delete', 'pod', '--selector=app=web', IN, '--wait'])
    await cluster.kubectl(['rollout', 'status', 'deployment/web', IN, '--timeout=60s'])
    await eventually('the Service follows', 20, async () => ({
      code: (await page(spec.clusterIP)) === first ? 0 : 1,
      stdout: '',
      stderr: '',
    }))
  })

  it('reaches nothing beyond', async () => {
    const outside = await cluster.run('ip', ['route', 'get', '192.0.2.1'])
    expect(outside.stderr).toContain('unreachable')
    const pod = await cluster.run('kubectl', ['exec', IN, 'deployment/web', '--', 'nc', '-w', '3', '192.0.2.1', '80'])
    expect(pod.code).not.toBe(0)
    expect(pod.stderr).toMatch(/unreachable|timed out/i)
  })

  it('takes an install whose hook fails as failed', async () => {
    const values = ['--set', `image=${BUSYBOX}`, '--set', 'before=exit 1', '--wait', '--timeout=2m']
    await expect(cluster.helm(['install', 'fails', CHART, '--namespace=smoke-fails', '--create-namespace', ...values])).rejects.toThrow(
      'pre-install',
    )
    await cluster.kubectl(['delete', 'namespace', 'smoke-fails', '--wait=false'])
  })
})
