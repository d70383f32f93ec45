// The stages that run only when what they judge has changed: everything that is in a pod is among what they look at.
import { describe, expect, it } from 'vitest'
import { copiedByImages, inputFiles } from '#test/support/due'

describe('what makes the stages on a Kubernetes due', () => {
  const files = inputFiles('cluster')

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
    'test/strangers/sql.test.ts',
    'test/strangers/sql.py',
    'test/support/python.ts',
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

describe('what makes the chart due', () => {
  const files = inputFiles('chart')

  it.each(['helm/akko/values.yaml', 'docker/jupyterhub/Dockerfile', 'src/chart/index.ts', 'src/platform/policy/trino.rego', 'README.md'])(
    '%s',
    (file) => {
      expect(files).toContain(file)
    },
  )

  it('not what no template shows', () => {
    expect(files.filter((f) => /^(cockpit|src\/parts\/engine)\//.test(f))).toEqual([])
  })
})

describe('what makes the judges due', () => {
  const files = inputFiles('judges')

  it.each([
    'cockpit/src/main.tsx',
    'src/parts/identity/index.ts',
    'src/parts/gateway/index.ts',
    'src/ensure/kinds/realm.ts',
    'test/strangers/keycloak-real.test.ts',
    'test/support/keycloak.ts',
  ])('%s', (file) => {
    expect(files).toContain(file)
  })

  it('not the SQL front, which they do not ask', () => {
    expect(files.filter((f) => /^src\/parts\/(engine|sql\/query)\//.test(f))).toEqual([])
  })
})
