// The part of smoke.sh that runs inside the cluster, in a pod that policy lets reach every service. It is read from standard input behind
// a line `const given = {...}` (smoke.json, the Secrets it names, the S3 that is used), so that no password is in an argument or a file.
// Prints one line per check: ok or FAILED, name, seconds, detail; parted by tabs.
const { check: c, secrets, s3 } = given
const { default: pg } = await import('pg')
const { Secret } = await import('#kit/secret')
const { createS3Client } = await import('#wire/s3/client')
const PATIENCE = 20_000

function secret({ secret: name, key }) {
  const found = secrets.items.find((s) => s.metadata.name === name)?.data?.[key]
  if (found === undefined) throw new Error(`the Secret ${name} has no key ${key}, or is not there`)
  return Buffer.from(found, 'base64').toString()
}

function expect(holds, otherwise) {
  if (!holds) throw new Error(otherwise)
}

async function ask(url, init = {}) {
  const response = await fetch(url, { redirect: 'manual', ...init, signal: AbortSignal.timeout(PATIENCE) })
  return { status: response.status, text: await response.text() }
}

async function query(server, sql, { role, database, ...reference } = server) {
  const [host, port] = server.address.split(':')
  const client = new pg.Client({ host, port: Number(port), user: role, database, password: secret(reference), connectionTimeoutMillis: PATIENCE, query_timeout: PATIENCE })
  client.on('error', () => {})
  try {
    await client.connect()
    return Object.values((await client.query(sql)).rows[0])[0]
  } finally {
    await client.end().catch(() => {})
  }
}

/** Only a refusal of the login will do: a server that does not answer proves nothing. */
async function refused(server, stranger) {
  try {
    await query(server, 'SELECT 1', stranger)
  } catch (error) {
    expect(['28P01', '28000'].includes(error.code), `neither let in nor refused: ${error.message}`)
    return `${stranger.role} is refused`
  }
  throw new Error(`${stranger.role} was let in`)
}

async function s3Status(bucket, signed) {
  if (!signed) return ask(`${s3.endpoint.replace(/\/+$/, '')}/${bucket === '' ? '' : `${bucket}?list-type=2&max-keys=1`}`)
  const key = { accessKeyId: secret(c.s3.own.id), secretAccessKey: new Secret(secret(c.s3.own.secret)) }
  const client = createS3Client({ ...s3, ...key }, { silence: PATIENCE })
  const answer = await client.send({ method: 'GET', path: `/${bucket}`, pairs: [['list-type', '2'], ['max-keys', '1']] })
  return { status: answer.status, text: await answer.text() }
}

const checks = {
  'S3 refuses an anonymous list': async () => {
    for (const bucket of ['', c.s3.own.bucket]) {
      const { status } = await s3Status(bucket, false)
      // AWS sends whoever asks for the list of buckets without a key to its product page.
      expect(status === 403 || status === 401 || (bucket === '' && status === 307), `${bucket || 'the list of buckets'}: ${status}`)
    }
  },
  "a service's own key sees its bucket": async () => {
    const { status, text } = await s3Status(c.s3.own.bucket, true)
    expect(status === 200 && text.includes('ListBucketResult'), `${c.s3.own.bucket}: ${status}`)
    return c.s3.own.bucket
  },
  "a service's own key is refused another's bucket": async () => {
    const { status } = await s3Status(c.s3.other, true)
    expect(status === 403, `${c.s3.other}: ${status}`)
    return c.s3.other
  },
  'PostgreSQL (infrastructure) answers': async () => expect((await query(c.postgresql, 'SELECT 1')) === 1, 'not 1'),
  'PostgreSQL (business) answers': async () => expect((await query(c.postgresqlData, 'SELECT 1')) === 1, 'not 1'),
  'PostgreSQL (infrastructure) refuses business credentials': () => refused(c.postgresql, c.postgresqlData),
  'PostgreSQL (business) refuses infrastructure credentials': () => refused(c.postgresqlData, c.postgresql),
  'PostGIS is usable': () => query(c.postgis, 'SELECT postgis_version()'),
  'pgvector is usable': async () => {
    const distance = await query(c.vector, `SELECT '[1,0]'::vector <=> '[0,1]'::vector`)
    expect(distance === 1, `the cosine distance of two right-angled vectors is ${distance}`)
  },
  'sign-on: the realm is found': async () => {
    const { status, text } = await ask(c.identity)
    expect(status === 200, `${c.identity}: ${status}`)
    return JSON.parse(text).issuer
  },
  'SQL refuses an anonymous statement': async () => {
    const anonymous = async (headers) => (await ask(c.sql, { method: 'POST', body: 'SELECT 1', headers: { 'X-Trino-User': 'admin', ...headers } })).status
    const [plain, behindTls] = [await anonymous({}), await anonymous({ 'X-Forwarded-Proto': 'https' })]
    // Trino answers 403 to whoever comes without TLS, whatever he brings.
    expect(plain === 401 || plain === 403, `without TLS: ${plain}`)
    expect(behindTls === 401, `behind TLS: ${behindTls}`)
  },
  'the catalogue lists its namespaces': async () => {
    const [id, password] = secret(c.catalog).split(/:(.*)/s)
    const form = { grant_type: 'client_credentials', client_id: id, client_secret: password, scope: 'PRINCIPAL_ROLE:ALL' }
    const token = await ask(`${c.catalog.url}/v1/oauth/tokens`, { method: 'POST', body: new URLSearchParams(form) })
    expect(token.status === 200, `a principal gets no token: ${token.status}`)
    const list = await ask(`${c.catalog.url}/v1/${c.catalog.warehouse}/namespaces`, { headers: { authorization: `Bearer ${JSON.parse(token.text).access_token}` } })
    expect(list.status === 200, `${list.status}`)
    const names = JSON.parse(list.text).namespaces.map((n) => n.join('.'))
    const missing = c.catalog.namespaces.filter((n) => !names.includes(n))
    expect(missing.length === 0, `without ${missing.join(', ')}`)
    return `${names.length} namespaces`
  },
  'policy is healthy': async () => {
    const { status } = await ask(c.policy)
    expect(status === 200, `${status}`)
  },
  'the cockpit is healthy': async () => {
    // The app answers any address with its page, so the words count: those of its door in a pod, its own on one machine.
    const { status, text } = await ask(c.cockpit)
    expect(status === 200 && /^{\s*"(healthy":\s*true|status":\s*"ok")/.test(text), `${status}, ${text.slice(0, 60)}`)
  },
}

for (const [name, check] of Object.entries(checks)) {
  const began = performance.now()
  let outcome = 'ok'
  let detail = ''
  try {
    detail = (await check()) ?? ''
  } catch (error) {
    outcome = 'FAILED'
    detail = [error.message, error.cause?.message].filter(Boolean).join(': ')
  }
  console.log([outcome, name, ((performance.now() - began) / 1000).toFixed(1), String(detail).replace(/\s+/g, ' ')].join('\t'))
}
