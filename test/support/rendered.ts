// What the rendered chart gives to a service, for engines that run outside Kubernetes: its files, and its environment.
import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { type Manifest, parse, template, workloads } from '#test/chart/helm'

export interface Rendered {
  /** Path in the container -> text. */
  readonly files: Readonly<Record<string, string>>
  /** Plain variables. */
  readonly env: Readonly<Record<string, string>>
  /** Variable -> Secret and key that hold it. */
  readonly secretEnv: Readonly<Record<string, { readonly secret: string; readonly key: string }>>
  readonly args: readonly string[]
}

/** One workload of `helm template`. */
export async function rendered(workload: string, helmArgs: readonly string[] = []): Promise<Rendered> {
  const manifests = parse(await template(helmArgs))
  const pod = workloads(manifests).find((w) => w.name === workload)?.pod
  if (!pod) throw new Error(`the chart renders no workload ${workload}`)
  const [container] = pod.spec.containers as Manifest[]
  const configMap = (volume: string) => {
    const name = pod.spec.volumes.find((v: Manifest) => v.name === volume)?.configMap?.name
    return manifests.find((m) => m.kind === 'ConfigMap' && m.metadata.name === name)
  }
  const env = (container.env ?? []) as Manifest[]
  return {
    files: Object.fromEntries(
      (container.volumeMounts as Manifest[]).flatMap((m) => {
        const text = m.subPath && configMap(m.name)?.data[m.subPath]
        return text === undefined ? [] : [[m.mountPath, text]]
      }),
    ),
    env: Object.fromEntries(env.filter((e) => e.value !== undefined).map((e) => [e.name, String(e.value)])),
    secretEnv: Object.fromEntries(
      env.flatMap((e) =>
        e.valueFrom?.secretKeyRef ? [[e.name, { secret: e.valueFrom.secretKeyRef.name, key: e.valueFrom.secretKeyRef.key }]] : [],
      ),
    ),
    args: (container.args ?? []) as string[],
  }
}

/** The names of the cluster -> where things are here. A text without a name is left as it is. */
export function remapped(text: string, places: Readonly<Record<string, string>>): string {
  return Object.entries(places).reduce((all, [there, here]) => all.replaceAll(there, here), text)
}

/** Writes files below a folder, as if it were the root. */
export function writeFiles(root: string, files: Readonly<Record<string, string>>): void {
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(root, path)), { recursive: true })
    writeFileSync(join(root, path), text)
  }
}
