// Secrets and addresses of a release, by kubectl, for scripts that run in the cluster's network.
import { execFileSync } from 'node:child_process'
import { isS3Key, s3KeyRefs, secretRef } from '#platform/secret-objects'

export function lookInto(namespace: string) {
  const get = <T>(...args: string[]): T =>
    JSON.parse(execFileSync('kubectl', ['get', ...args, '--output=json'], { encoding: 'utf8', maxBuffer: 1 << 26 })) as T
  return {
    /** A secret by the platform's name for it; an S3 key as `id:secret`. */
    read(name: string): string {
      const refs = isS3Key(name) ? Object.values(s3KeyRefs(name)) : [secretRef(name)]
      return refs
        .map(({ secret, key }) => {
          const { data } = get<{ data: Record<string, string> }>('secret', secret, '--namespace', namespace)
          return Buffer.from(data[key] ?? '', 'base64').toString()
        })
        .join(':')
    },
    /** `address:port` of a Service. */
    addressOf(name: string, port: string, from = namespace): string {
      const { spec } = get<{ spec: { clusterIP: string; ports: { name: string; port: number }[] } }>('service', name, '--namespace', from)
      return `${spec.clusterIP}:${spec.ports.find((p) => p.name === port)?.port}`
    },
  }
}
