// The ingress controller of the test cluster: Debian's nginx, set up from the release's own Ingress objects, the Middleware that they name and
// their TLS Secret. It stands in for Traefik, which cannot be had from package registries, with Traefik's own custom resources. Forward-auth is as
// Traefik does it (https://doc.traefik.io/traefik/middlewares/http/forwardauth/): 2xx lets the request in with the headers that are named,
// any other answer goes to the client as it is.
import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { customResources } from '#test/cluster/crds'
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
interface MiddlewareObject {
  readonly metadata: { readonly name: string }
  readonly spec: { readonly forwardAuth?: { readonly address: string; readonly authResponseHeaders: readonly string[] } }
}
interface IngressObject {
  readonly metadata: { readonly annotations?: Readonly<Record<string, string>> }
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

/** Who asks before a path is reached: where, and the headers of the answer that the request then carries. */
interface Guard {
  readonly to: string
  readonly headers: readonly string[]
}
interface Route {
  readonly path: string
  readonly to: string
  readonly guard: Guard | undefined
}

const MIDDLEWARES = 'traefik.ingress.kubernetes.io/router.middlewares'

/** Traefik's kinds, which the chart's objects are of. */
export async function admitTraefik(cluster: ControlPlane, say: (line: string) => void): Promise<void> {
  const crds = readFileSync(customResources(say), 'utf8').split(/^---$/m)
  const ours = crds.filter((document) => /^ {2}name: \w+\.traefik\.io$/m.test(document))
  if (ours.length === 0) throw new Error('the custom resources have none of Traefik')
  await cluster.kubectl(['apply', '--server-side', '--filename=-'], ours.join('\n---\n'))
  await cluster.kubectl(['wait', '--for=condition=Established', 'crd', '--all', '--timeout=60s'])
}

export async function startIngress(cluster: ControlPlane, namespace: string): Promise<Ingress> {
  if (!existsSync(NGINX)) execFileSync('apt-get', ['install', '-y', '--no-install-recommends', 'nginx-light'], { stdio: 'ignore' })
  const get = async <T>(kind: string) =>
    JSON.parse(await cluster.kubectl(['get', kind, '--namespace', namespace, '--output=json'])) as Items<T>
  const services = (await get<ServiceObject>('services')).items
  const ingresses = (await get<IngressObject>('ingresses')).items
  const middlewares = (await get<MiddlewareObject>('middlewares.traefik.io')).items
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
  const guardOf = ({ annotations }: IngressObject['metadata']): Guard | undefined => {
    const wanted = annotations?.[MIDDLEWARES]
    if (wanted === undefined) return undefined
    const found = middlewares.find(({ metadata }) => wanted === `${namespace}-${metadata.name}@kubernetescrd`)?.spec.forwardAuth
    if (!found) throw new Error(`no Middleware of forward-auth is ${wanted}`)
    const [name = ''] = new URL(found.address).hostname.split('.')
    return { to: address(name, 'main'), headers: found.authResponseHeaders }
  }
  const routes = ingresses.flatMap(({ metadata, spec }) => {
    const guard = guardOf(metadata)
    return spec.rules.flatMap(({ host, http }) =>
      http.paths.map(({ path, backend: { service } }) => ({ host, path, to: address(service.name, service.port.name), guard })),
    )
  })
  const hosts = [...new Set(routes.map((r) => r.host))]
  const servers = hosts.map((host) =>
    serverBlock(
      host,
      dir,
      routes.filter((r) => r.host === host),
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

const serverBlock = (host: string, dir: string, routes: readonly Route[]) => `  server {
    listen ${NET.node}:443 ssl;
    server_name ${host};
    ssl_certificate ${dir}/tls.crt;
    ssl_certificate_key ${dir}/tls.key;
    client_max_body_size 0;
    large_client_header_buffers 8 64k;
    proxy_buffer_size 64k;
    proxy_buffers 8 64k;
    proxy_busy_buffers_size 64k;
${routes.map(locationBlock).join('\n')}
${routes
  .flatMap(({ guard }) => guard ?? [])
  .slice(0, 1)
  .map(guardBlocks)
  .join('')}
  }`

/** nginx asks once, and when the answer is not 2xx once more, to hand that answer on. */
const guardBlocks = ({ to }: Guard) => `    location = /.ask {
      internal;
      proxy_pass_request_body off;
      proxy_set_header Content-Length "";${asking(to)}
    }
    location @refused {${asking(to)}
    }`

const asking = (to: string) => `
      rewrite ^ /? break;
      proxy_pass http://${to};
      proxy_method GET;
      proxy_set_header X-Forwarded-Method $request_method;
      proxy_set_header X-Forwarded-Proto https;
      proxy_set_header X-Forwarded-Host $host;
      proxy_set_header X-Forwarded-Uri $request_uri;
      proxy_set_header X-Forwarded-For $remote_addr;`

const variable = (header: string) => `$asked_${header.toLowerCase().replaceAll('-', '_')}`

const guarding = ({ headers }: Guard) => `
      auth_request /.ask;
      error_page 401 403 500 = @refused;
${headers.map((h) => `      auth_request_set ${variable(h)} $upstream_http_${h.toLowerCase().replaceAll('-', '_')};\n      proxy_set_header ${h} ${variable(h)};`).join('\n')}`

const locationBlock = ({ path, to, guard }: Route) => `    location ${path} {${guard ? guarding(guard) : ''}
      proxy_pass http://${to};
      proxy_http_version 1.1;
      proxy_set_header Host $host;
      proxy_set_header X-Forwarded-For $remote_addr;
      proxy_set_header X-Forwarded-Proto https;
      proxy_set_header X-Forwarded-Host $host;
      proxy_set_header X-Forwarded-Port 443;
      proxy_set_header Upgrade $http_upgrade;
      proxy_set_header Connection $connection_upgrade;
      proxy_read_timeout 300s;
    }`
