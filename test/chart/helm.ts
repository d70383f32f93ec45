// Rendering the chart with the real helm, for every test of it.
import { execFile } from 'node:child_process'
import { resolve } from 'node:path'
import { promisify } from 'node:util'
import { parseAllDocuments } from 'yaml'
import { clusterServices } from '#chart/model'
import { goTool } from '#test/support/go-tools'

const run = promisify(execFile)
export const CHART = resolve(import.meta.dirname, '../../helm/akko')

/** APIs of operators that a profile uses; a live cluster says them itself. */
export const APIS = [
  'postgresql.cnpg.io/v1',
  'barmancloud.cnpg.io/v1',
  'cert-manager.io/v1',
  'gateway.networking.k8s.io/v1',
  'traefik.io/v1alpha1',
]

// biome-ignore lint/suspicious/noExplicitAny: a rendered object has the shape of its kind
export type Manifest = any

export interface Render {
  readonly name: string
  readonly args: readonly string[]
}

const optIn = clusterServices().flatMap(({ cluster: c }) => (c.optIn ? ['--set', `${c.name}.enabled=true`] : []))
const file = (name: string) => ['-f', `${CHART}/values-${name}.yaml`]
const FULL = ['--set', 'tags.full=true']
const ALL = [...FULL, '--set', 'tags.governance=true', ...optIn]

/** Every profile and every values file. */
export const RENDERS: readonly Render[] = [
  { name: 'core', args: [] },
  { name: 'full', args: FULL },
  { name: 'governance', args: ['--set', 'tags.governance=true'] },
  { name: 'everything', args: ALL },
  { name: 'dev', args: file('dev') },
  { name: 'production', args: file('production') },
  { name: 'ha', args: file('ha') },
  { name: 'production and ha', args: [...file('production'), ...file('ha')] },
  { name: 'external-s3', args: file('external-s3') },
  { name: 'everything, ha, by Gateway API', args: [...ALL, ...file('ha'), '--set', 'global.gateway.enabled=true'] },
  { name: 'plain ingress', args: ['--set', 'global.ingress.className=nginx'] },
]

/** APIs that the cluster is said to lack. */
export interface Without {
  readonly without?: readonly string[]
}

/** Manifests as text. Rejects with helm's own words. */
export async function template(args: readonly string[], { without = [] }: Without = {}): Promise<string> {
  const { stdout } = await run(
    goTool('helm'),
    [
      'template',
      'akko',
      CHART,
      '--namespace',
      'akko',
      ...APIS.filter((a) => !without.includes(a)).flatMap((a) => ['--api-versions', a]),
      ...args,
    ],
    { maxBuffer: 1 << 26 },
  )
  return stdout
}

/** Objects of one rendering; a duplicate key or broken YAML throws. */
export function parse(text: string): Manifest[] {
  return parseAllDocuments(text, { uniqueKeys: true }).flatMap((document) => {
    if (document.errors.length > 0) throw document.errors[0]
    const value = document.toJS()
    return value === null ? [] : [value]
  })
}

/** Objects with a pod template, and that template. */
export function workloads(manifests: readonly Manifest[]): { name: string; kind: string; object: Manifest; pod: Manifest }[] {
  return manifests.flatMap((object) => {
    const pod = object.kind === 'CronJob' ? object.spec.jobTemplate.spec.template : object.spec?.template
    return pod?.spec?.containers ? [{ name: object.metadata.name, kind: object.kind, object, pod }] : []
  })
}

/** Words of a helm that was to refuse. */
export async function refusal(args: readonly string[], options?: Without): Promise<string> {
  try {
    await template(args, options)
  } catch (error) {
    return (error as { stderr?: string }).stderr ?? String(error)
  }
  throw new Error(`helm took ${args.join(' ')}`)
}
