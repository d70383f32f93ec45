// The ingress controller of the test cluster: Debian's nginx, set up from the release's own Ingress objects and their TLS Secret.
// It stands in for Traefik, which cannot be had from package registries; it guards no host, so only those that guard themselves are published.
import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { eventually, type Place } from '#test/cluster/daemons'
import { type ControlPlane, NET } from '#test/cluster/kubernetes'

const NGINX = '/usr/sbin/nginx'

export interface Ingress {
  readonly hosts: readonly string[]
  /** The authority that signed the hosts' certificate. */
  readonly ca: string
  /** Words before a command of the cluster's network that let it resolve the hosts. */
  readonly resolving: Place
  stop(): Promise<void>
}

interface Items<T> {
  readonly items: readonly T[]
}
interface IngressObject {
  readonly spec: {
    readonly tls?: readonly { readonly secretName: string }[]
    readonly rules: readonly {
      readonly host: string
      readonly http: {
        readonly paths: readonly {
          readonly path: string
          readonly backend: { readonly service: { readonly name: string; readonly port: { readonly name: string } } }
        }[]
      }
    }[]
  }
}
interface ServiceObject {
  readonly metadata: { readonly name: string }
  readonly spec: { readonly clusterIP: string; readonly ports: readonly { readonly name: string; readonly port: number }[] }
}

export async function startIngress(cluster: ControlPlane, namespace: string): Promise<Ingress> {
  if (!existsSync(NGINX)) execFileSync('apt-get', ['install', '-y', '--no-install-recommends', 'nginx-light'], { stdio: 'ignore' })
  const get = async <T>(kind: string) =>
    JSON.parse(await cluster.kubectl(['get', kind, '--namespace', namespace, '--output=json'])) as Items<T>
  const services = (await get<ServiceObject>('services')).items
  const ingresses = (await get<IngressObject>('ingresses')).items
  const secretName = ingresses[0]?.spec.tls?.[0]?.secretName
  if (!secretName) throw new Error(`the release in ${namespace} has no Ingress with a certificate`)
  const secret = JSON.parse(await cluster.kubectl(['get', 'secret', secretName, '--namespace', namespace, '--output=json'])) as {
    data: Record<string, string>
  }
  const dir = join(cluster.folder, 'ingress')
  mkdirSync(dir, { recursive: true })
  const write = (name: string, text: string | Buffer) => {
    writeFileSync(join(dir, name), text, { mode: 0o600 })
    return join(dir, name)
  }
  for (const name of ['tls.crt', 'tls.key', 'ca.crt']) write(name, Buffer.from(secret.data[name] ?? '', 'base64'))
  const address = (name: string, port: string) => {
    const spec = services.find((s) => s.metadata.name === name)?.spec
    return `${spec?.clusterIP}:${spec?.ports.find((p) => p.name === port)?.port}`
  }
  const rules = ingresses.flatMap((i) => i.spec.rules)
  const hosts = [...new Set(rules.map((r) => r.host))]
  const servers = hosts.map((host) =>
    serverBlock(
      host,
      dir,
      rules
        .filter((r) => r.host === host)
        .flatMap((r) => r.http.paths)
        .map(({ path, backend: { service } }) => ({ path, to: address(service.name, service.port.name) })),
    ),
  )
  const config = write('nginx.conf', `${HEAD(dir)}\n${servers.join('\n')}\n}\n`)
  const etcHosts = write('hosts', `127.0.0.1 localhost\n::1 localhost\n${hosts.map((h) => `${NET.node} ${h}`).join('\n')}\n`)
  await cluster.daemons.stop('ingress')
  cluster.daemons.start('ingress', cluster.inside, [NGINX, '-c', config, '-p', dir])
  const resolving = ['unshare', '--mount', 'sh', '-c', 'mount --bind "$0" /etc/hosts && exec "$@"', etcHosts]
  await eventually(
    'the ingress answers',
    20,
    () => cluster.run('sh', ['-c', `curl -sk -o /dev/null https://${NET.node}/`]),
    () => cluster.daemons.lastWords('ingress'),
  )
  return { hosts, ca: join(dir, 'ca.crt'), resolving, stop: () => cluster.daemons.stop('ingress') }
}

const HEAD = (dir: string) => `daemon off;
pid ${dir}/nginx.pid;
error_log stderr warn;
user root;
events {}
http {
  access_log off;
  client_body_temp_path ${dir}/body;
  proxy_temp_path ${dir}/proxy;
  fastcgi_temp_path ${dir}/fastcgi;
  uwsgi_temp_path ${dir}/uwsgi;
  scgi_temp_path ${dir}/scgi;
  map $http_upgrade $connection_upgrade { default upgrade; '' close; }`

const serverBlock = (host: string, dir: string, routes: readonly { path: string; to: string }[]) => `  server {
    listen ${NET.node}:443 ssl;
    server_name ${host};
    ssl_certificate ${dir}/tls.crt;
    ssl_certificate_key ${dir}/tls.key;
    client_max_body_size 0;
${routes.map(({ path, to }) => locationBlock(path, to)).join('\n')}
  }`

const locationBlock = (path: string, to: string) => `    location ${path} {
      proxy_pass http://${to};
      proxy_http_version 1.1;
      proxy_set_header Host $host;
      proxy_set_header X-Forwarded-For $remote_addr;
      proxy_set_header X-Forwarded-Proto https;
      proxy_set_header X-Forwarded-Host $host;
      proxy_set_header X-Forwarded-Port 443;
      proxy_set_header Upgrade $http_upgrade;
      proxy_set_header Connection $connection_upgrade;
      proxy_buffer_size 64k;
      proxy_buffers 8 64k;
      proxy_busy_buffers_size 64k;
      proxy_read_timeout 300s;
    }`
