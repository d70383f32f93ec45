// Drops a bucket, a namespace and a client behind the release's back: `node test/cluster/drop.ts NAMESPACE`, run in the cluster's network.
import { Secret } from '#kit/secret'
import { REALM, secretName, WAREHOUSE } from '#platform/names'
import { lookInto } from '#test/cluster/look'
import { accepted, createS3Client } from '#wire/s3/client'

const { read, addressOf } = lookInto(process.argv[2] as string)

async function send(url: string, init: RequestInit): Promise<Response> {
  const response = await fetch(url, init)
  if (!response.ok) throw new Error(`${init.method ?? 'GET'} ${url}: ${response.status} ${await response.text()}`)
  return response
}

async function bearer(url: string, form: Record<string, string>): Promise<{ authorization: string }> {
  const answer = (await (await send(url, { method: 'POST', body: new URLSearchParams(form) })).json()) as { access_token: string }
  return { authorization: `Bearer ${answer.access_token}` }
}

const [accessKeyId, secretAccessKey] = read(secretName.storageRoot).split(':') as [string, string]
const endpoint = `http://${addressOf('versitygw', 's3', 's3')}`
const s3 = createS3Client({ endpoint, region: 'us-east-1', accessKeyId, secretAccessKey: new Secret(secretAccessKey) })
await (await accepted('drop akko-rag', await s3.send({ method: 'DELETE', path: '/akko-rag' }))).text()

const catalog = `http://${addressOf('akko-polaris', 'main')}/api/catalog/v1`
const [client_id, ...rest] = read(secretName.principal('trino')).split(':') as [string, ...string[]]
const engine = await bearer(`${catalog}/oauth/tokens`, {
  grant_type: 'client_credentials',
  scope: 'PRINCIPAL_ROLE:ALL',
  client_id,
  client_secret: rest.join(':'),
})
await send(`${catalog}/${WAREHOUSE}/namespaces/telecom`, { method: 'DELETE', headers: engine })

const keycloak = `http://${addressOf('akko-keycloak', 'main')}`
const admin = await bearer(`${keycloak}/realms/master/protocol/openid-connect/token`, {
  grant_type: 'password',
  client_id: 'admin-cli',
  username: 'admin',
  password: read(secretName.identityAdmin),
})
const clients = `${keycloak}/admin/realms/${REALM}/clients`
const [mlflow] = (await (await send(`${clients}?clientId=mlflow`, { headers: admin })).json()) as { id: string }[]
await send(`${clients}/${mlflow?.id}`, { method: 'DELETE', headers: admin })
