// The stages that run only when what they judge has changed: everything that is in a pod is among what they look at.
import { describe, expect, it } from 'vitest'
import { copiedByImages, inputFiles } from '#test/support/due'

describe('what makes the stages api and cluster due', () => {
  const files = inputFiles()

  it.each([
    'cockpit/src/main.tsx',
    'cockpit/index.html',
    'src/kit/errors.ts',
    'src/wire/s3/sigv4.ts',
    'src/demo/run.ts',
    'src/platform/services/lab.ts',
    'src/platform/policy/trino.rego',
    'src/ensure/kinds/bucket.ts',
    'src/parts/cockpit/index.ts',
    'helm/akko/values.yaml',
    'helm/scripts/lib.sh',
    'docker/jupyterhub/jupyterhub_config.py',
    'package-lock.json',
    '.npmrc',
    'test/cluster/api.test.ts',
  ])('%s', (file) => {
    expect(files).toContain(file)
  })

  it('not what no pod runs, and nothing that was built', () => {
    expect(files.filter((f) => /^src\/(parts\/engine|runtime\/supervisor)\//.test(f))).toEqual([])
    expect(files.filter((f) => /(^|\/)(node_modules|dist)\//.test(f))).toEqual([])
  })

  it('all that Dockerfiles copy', () => {
    const copied = copiedByImages()
    expect(copied).toEqual(expect.arrayContaining(['cockpit', 'src', 'package.json']))
    const missing = copied.filter((path) => !files.some((f) => f === path || f.startsWith(`${path}/`)))
    expect(missing).toEqual([])
  })
})
