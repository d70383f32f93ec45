// Judges that we did not write: pyiceberg on our S3 store with vended keys only, and the polaris CLI.
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Authoriser } from '#kit/access'
import { Secret } from '#kit/secret'
import { createS3MetadataFiles } from '#parts/catalog/metadata-files-s3'
import { type Harness, ROOT_CREDENTIALS, startHarness, WAREHOUSE } from '#parts/catalog/test-harness'
import { createRolePolicy } from '#parts/policy/index'
import { REGION, ROOT, SESSION_KEY, send, startTestStorage, type TestStorage } from '#parts/storage/fixture'
import { RESOURCE_KINDS } from '#runtime/policy'
import { startForkingPyiceberg, startForkingPython } from '#test/support/forking-python'
import { polarisCli } from '#test/support/judges'
import { mintSession } from '#wire/s3/session'
import { parseS3Uri } from '#wire/s3/uri'

const BUCKET = 'lake'
const policy: Authoriser = createRolePolicy(
  {
    roleGrants: { engineer: { read: ['*.*'], write: ['iceberg.banking'], clear: true }, viewer: { read: ['iceberg.banking'] } },
    masks: { name: "substr({column}, 1, 1) || '***'" },
    classified: [{ schemas: ['iceberg.banking'], column: 'full_name', as: 'name' }],
    rowFilters: [],
  },
  RESOURCE_KINDS,
)

let storage: TestStorage
let catalog: Harness
const python = startForkingPyiceberg()
const polaris = startForkingPython(join(dirname(polarisCli()), 'python'), ['apache_polaris.cli.polaris_cli'])

beforeAll(async () => {
  storage = await startTestStorage(policy)
  expect((await send(storage.endpoint, { method: 'PUT', path: `/${BUCKET}` })).status).toBe(200)
  const client = { 's3.endpoint': storage.endpoint, 's3.region': REGION, 's3.path-style-access': 'true' }
  catalog = await startHarness(policy, {
    clientDefaults: client,
    files: createS3MetadataFiles({
      endpoint: storage.endpoint,
      region: REGION,
      accessKeyId: ROOT.accessKeyId,
      secretAccessKey: new Secret(ROOT.secretAccessKey),
    }),
    vend:
      ({ sub }) =>
      async ({ prefixes, mode }) => {
        const entitlements = prefixes.map((uri) => {
          const { bucket, key } = parseS3Uri(uri) ?? { bucket: '', key: '' }
          return { bucket, prefix: key, mode }
        })
        const keys = mintSession(SESSION_KEY, { sub, entitlements, ttlSeconds: 900 })
        return {
          ...client,
          's3.access-key-id': keys.accessKeyId,
          's3.secret-access-key': keys.secretAccessKey,
          's3.session-token': keys.sessionToken,
        }
      },
  })
  await cli(`catalogs create --storage-type s3 --default-base-location s3://${BUCKET} ${WAREHOUSE}`)
}, 180_000)
afterAll(async () => {
  await catalog?.close()
  await storage?.stop()
})

/** Many commands of the polaris CLI, as root. */
const SESSION = `
import contextlib, io, json, sys
from apache_polaris.cli.polaris_cli import PolarisCli
for args in json.load(sys.stdin):
    out, err, code = io.StringIO(), io.StringIO(), 0
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        try: PolarisCli.execute(sys.argv[1:] + args)
        except SystemExit as e: code = e.code or 0
    print(json.dumps({'code': code, 'stdout': out.getvalue(), 'stderr': err.getvalue()}))
`

interface CliAnswer {
  readonly code: number
  readonly stdout: string
  readonly stderr: string
}

async function cliSession(commands: readonly string[]): Promise<readonly CliAnswer[]> {
  const { clientId, secret } = ROOT_CREDENTIALS
  const login = ['--base-url', catalog.url, '--client-id', clientId, '--client-secret', secret]
  const input = JSON.stringify(commands.map((c) => c.split(' ')))
  const { stdout, stderr } = await polaris({ script: SESSION, args: login, env: process.env, input })
  expect(stderr).toBe('')
  return stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as CliAnswer)
}

/** Standard output of each command. Fails the test when one fails. */
async function cli(...commands: string[]): Promise<readonly string[]> {
  const answers = await cliSession(commands)
  expect(answers.map((a, i) => [commands[i], a.code, a.stderr])).toEqual(commands.map((c) => [c, 0, '']))
  return answers.map((a) => a.stdout)
}

const pyiceberg = (script: string, env: Record<string, string> = {}) =>
  python({
    script,
    env: {
      ...process.env,
      PYICEBERG_CATALOG__LAKE__URI: `${catalog.url}/api/catalog`,
      PYICEBERG_CATALOG__LAKE__WAREHOUSE: WAREHOUSE,
      ...env,
    },
  })
const asRoot = {
  PYICEBERG_CATALOG__LAKE__CREDENTIAL: `${ROOT_CREDENTIALS.clientId}:${ROOT_CREDENTIALS.secret}`,
  PYICEBERG_CATALOG__LAKE__SCOPE: 'PRINCIPAL_ROLE:ALL',
}

describe('pyiceberg, without a key of its own', () => {
  it('creates a namespace and a partitioned table, appends, evolves, overwrites and scans', async () => {
    const { code, stdout, stderr } = await pyiceberg(
      `
import pyarrow as pa, datetime as dt, decimal as d
from pyiceberg.catalog import load_catalog
from pyiceberg.schema import Schema
from pyiceberg.types import *
from pyiceberg.partitioning import PartitionSpec, PartitionField
from pyiceberg.transforms import IdentityTransform
c = load_catalog('lake')
c.create_namespace('banking', {'owner': 'tests'})
s = Schema(NestedField(1, 'id', LongType(), required=True), NestedField(2, 'amount', DecimalType(12, 2), required=False),
           NestedField(3, 'at', TimestamptzType(), required=False), NestedField(4, 'tags', ListType(5, StringType(), element_required=False), required=False),
           NestedField(6, 'region', StringType(), required=False))
t = c.create_table('banking.tx', s, partition_spec=PartitionSpec(PartitionField(source_id=6, field_id=1000, transform=IdentityTransform(), name='region')))
rows = pa.Table.from_pylist([{'id': i, 'amount': d.Decimal('1.50'), 'at': dt.datetime(2026, 1 + i % 3, 1, tzinfo=dt.timezone.utc), 'tags': ['a'], 'region': 'r %d' % (i % 2)} for i in range(9)], schema=t.schema().as_arrow())
t.append(rows)
t.append(rows)
t = c.load_table('banking.tx')
print(t.scan().to_arrow().num_rows, t.scan(row_filter='id = 4').to_arrow().num_rows, len(t.snapshots()), c.list_tables('banking'), c.list_namespaces())
with t.update_schema() as u: u.add_column('note', StringType())
with t.update_spec() as u: u.add_field('id', IdentityTransform(), 'by_id')
t.overwrite(pa.Table.from_pylist([{'id': 1, 'region': 'x'}], schema=t.schema().as_arrow()))
with t.manage_snapshots() as m: m.create_tag(t.current_snapshot().snapshot_id, 'v1')
with t.transaction() as tx: tx.set_properties(owner='me')
t = c.load_table('banking.tx')
print(t.scan().to_arrow().num_rows, [f.name for f in t.schema().fields], t.current_snapshot().snapshot_id)
print(t.location(), sorted(t.refs()), t.properties)
`,
      asRoot,
    )
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
    const [first, second, third] = stdout.trim().split('\n')
    expect(first).toBe("18 2 2 [('banking', 'tx')] [('banking',)]")
    expect(second).toMatch(/^1 \['id', 'amount', 'at', 'tags', 'region', 'note'\] \d+$/)
    expect(third).toMatch(/^s3:\/\/lake\/banking\/tx-[0-9a-f-]{36} \['main', 'v1'\] \{'owner': 'me'\}$/)
  })

  it('makes a table and its rows in one transaction, renames, registers, drops and purges', async () => {
    const { code, stdout, stderr } = await pyiceberg(
      `
import pyarrow as pa
from pyiceberg.catalog import load_catalog
from pyiceberg.exceptions import NoSuchTableError, TableAlreadyExistsError, NamespaceNotEmptyError
c = load_catalog('lake')
c.create_namespace('staging')
data = pa.table({'a': [1, 2, 3]})
with c.create_table_transaction('staging.once', schema=data.schema) as tx: tx.append(data)
print(c.load_table('staging.once').scan().to_arrow().num_rows)
try: c.create_table('staging.once', schema=data.schema)
except TableAlreadyExistsError: print('exists')
try: c.drop_namespace('staging')
except NamespaceNotEmptyError: print('not empty')
c.rename_table('staging.once', 'staging.twice')
print(c.table_exists('staging.once'), c.table_exists('staging.twice'))
where = c.load_table('staging.twice').metadata_location
c.drop_table('staging.twice')
print(c.register_table('staging.again', where).scan().to_arrow().num_rows)
c.purge_table('staging.again')
try: c.load_table('staging.again')
except NoSuchTableError: print('gone')
print(c.update_namespace_properties('staging', updates={'a': 'b'}))
c.drop_namespace('staging')
`,
      asRoot,
    )
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
    expect(stdout.trim().split('\n')).toEqual([
      '3',
      'exists',
      'not empty',
      'False True',
      '3',
      'gone',
      "PropertiesUpdateSummary(removed=[], updated=['a'], missing=[])",
    ])
    const left = await send(storage.endpoint, { path: `/${BUCKET}?list-type=2&prefix=staging%2F` })
    expect(left.text).not.toContain('<Key>')
  })

  it('makes, lists, loads and drops views, and registers one from its file', async () => {
    const { code, stdout, stderr } = await pyiceberg(
      `
from pyiceberg.catalog import load_catalog
from pyiceberg.exceptions import NoSuchViewError, TableAlreadyExistsError, ViewAlreadyExistsError
from pyiceberg.schema import Schema
from pyiceberg.types import *
from pyiceberg.view.metadata import SQLViewRepresentation, ViewVersion
c = load_catalog('lake')
c.create_namespace('views')
s = Schema(NestedField(1, 'id', LongType(), required=False), NestedField(2, 'name', StringType(), required=False, doc='a name'))
def version(sql): return ViewVersion(version_id=1, schema_id=0, timestamp_ms=1700000000000, summary={'engine': 'pyiceberg'}, default_namespace=['views'],
    representations=[{'type': 'sql', 'sql': sql, 'dialect': 'spark'}])
v = c.create_view('views.v', s, version('SELECT 1 AS id'), properties={'comment': 'ours'})
print(v.metadata.properties, v.metadata.versions[0].representations[0].root.sql)
for make in (lambda: c.create_view('views.v', s, version('SELECT 2 AS id')), lambda: c.create_table('views.v', s)):
    try: print('made', make())
    except (ViewAlreadyExistsError, TableAlreadyExistsError) as e: print(type(e).__name__)
print(c.list_views('views'), c.list_tables('views'), c.view_exists('views.v'), c.view_exists('views.w'), c.table_exists('views.v'))
v = c.load_view('views.v')
print([f.name for f in v.schema().fields], v.schema().fields[1].doc, v.current_version().version_id)
c.drop_view('views.v')
try: c.drop_view('views.v')
except NoSuchViewError: print('gone')
print(c.list_views('views'))
c.drop_namespace('views')
`,
      asRoot,
    )
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
    expect(stdout.trim().split('\n')).toEqual([
      "{'comment': 'ours'} SELECT 1 AS id",
      'ViewAlreadyExistsError',
      'TableAlreadyExistsError',
      "[('views', 'v')] [] True False False",
      "['id', 'name'] a name 1",
      'gone',
      '[]',
    ])
  })

  it('loses with a stale snapshot, by the name of the requirement, and loses no row', async () => {
    const { code, stdout, stderr } = await pyiceberg(
      `
import pyarrow as pa
from pyiceberg.catalog import load_catalog
from pyiceberg.table import CommitTableRequest
from pyiceberg.exceptions import CommitFailedException
c = load_catalog('lake')
data = pa.table({'a': [1, 2, 3]})
c.create_table('banking.stale', schema=data.schema)
one, two = c.load_table('banking.stale'), c.load_table('banking.stale')
tx = two.transaction()
one.append(data)
tx.set_properties(**{'commit.retry.num-retries': '0'})
try:
    from pyiceberg.table.update import AssertRefSnapshotId
    c.commit_table(two, (AssertRefSnapshotId(ref='main', snapshot_id=None),), tx._updates)
except CommitFailedException as e: print(e)
print(c.load_table('banking.stale').scan().to_arrow().num_rows)
`,
      asRoot,
    )
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
    const [message, rows] = stdout.trim().split('\n')
    expect(message).toMatch(
      /CommitFailedException: Requirement failed: branch main was created concurrently .*banking\.stale.*load the table again/,
    )
    expect(rows).toBe('3')
  })

  it('is sent to SQL when columns are hidden from the caller, and reads where nothing is', async () => {
    const make = `
from pyiceberg.catalog import load_catalog
import pyarrow as pa
c = load_catalog('lake')
data = pa.table({'full_name': ['Ada'], 'n': [1]})
c.create_table('banking.people', schema=data.schema).append(data)
`
    expect(await pyiceberg(make, asRoot)).toMatchObject({ code: 0, stderr: '' })
    const read = `
from pyiceberg.catalog import load_catalog
from pyiceberg.exceptions import ForbiddenError
c = load_catalog('lake')
try: c.load_table('banking.people')
except ForbiddenError as e: print(e)
print(c.load_table('banking.stale').scan().to_arrow().num_rows)
try: c.load_table('banking.stale').append(c.load_table('banking.stale').scan().to_arrow())
except Exception as e: print(type(e).__name__)
`
    const { code, stdout, stderr } = await pyiceberg(read, { PYICEBERG_CATALOG__LAKE__TOKEN: 'realm:vera:viewer' })
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
    const [refused, rows, write] = stdout.trim().split('\n')
    expect(refused).toMatch(/ForbiddenException: no direct access to the files of banking\.people \(.*through SQL/)
    expect(rows).toBe('3')
    expect(write).toMatch(/PermissionError|OSError/)
  })
})

describe('DuckDB with its iceberg extension', () => {
  it('reads what pyiceberg wrote, and pyiceberg what it wrote', async () => {
    const { code, stdout, stderr } = await pyiceberg(
      `
import duckdb, importlib, os, pathlib
db = duckdb.connect(config={'allow_unsigned_extensions': False})
db.execute('SET enable_progress_bar = false')
for name in ['avro', 'httpfs', 'iceberg']:
    folder = pathlib.Path(importlib.import_module(f'duckdb_extension_{name}').__file__).parent
    db.load_extension(str(next(folder.rglob(f'{name}.duckdb_extension'))))
db.execute(f"create secret s (type iceberg, client_id '{os.environ['ID']}', client_secret '{os.environ['SECRET']}', oauth2_server_uri '{os.environ['URL']}/v1/oauth/tokens')")
db.execute(f"attach '{os.environ['WAREHOUSE']}' as lake (type iceberg, secret s, endpoint '{os.environ['URL']}')")
print(db.execute('select count(*), sum(n) from lake.banking.people').fetchall())
db.execute('create table lake.banking.made_by_duck (a bigint, b varchar)')
db.execute("insert into lake.banking.made_by_duck values (1, 'x'), (2, 'y')")
db.execute("insert into lake.banking.made_by_duck values (3, 'z')")
from pyiceberg.catalog import load_catalog
print(load_catalog('lake').load_table('banking.made_by_duck').scan().to_arrow().sort_by('a').to_pylist())
`,
      {
        ...asRoot,
        ID: ROOT_CREDENTIALS.clientId,
        SECRET: ROOT_CREDENTIALS.secret,
        URL: `${catalog.url}/api/catalog`,
        WAREHOUSE,
      },
    )
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
    expect(stdout.trim().split('\n')).toEqual(['[(1, 1)]', "[{'a': 1, 'b': 'x'}, {'a': 2, 'b': 'y'}, {'a': 3, 'b': 'z'}]"])
  })
})

describe('the polaris CLI', () => {
  it('manages catalogs with versions', async () => {
    const [, , got, list, summary] = await cli(
      'catalogs create --storage-type s3 --default-base-location s3://other/base second',
      'catalogs update --set-property a=b second',
      'catalogs get second',
      'catalogs list',
      `catalogs summarize ${WAREHOUSE}`,
      'catalogs delete second',
    )
    expect(JSON.parse(got ?? '')).toMatchObject({
      type: 'INTERNAL',
      name: 'second',
      properties: { 'default-base-location': 's3://other/base', a: 'b' },
      entityVersion: 2,
      storageConfigInfo: { storageType: 'S3', allowedLocations: ['s3://other/base'] },
    })
    expect(list).toContain('"second"')
    expect(summary).toMatch(/Namespaces: +1/)
    const [gone, overlap] = await cliSession([
      'catalogs get second',
      `catalogs create --storage-type s3 --default-base-location s3://${BUCKET}/banking thief`,
    ])
    expect(gone?.stderr).toContain('catalog second does not exist')
    expect(overlap?.stderr).toContain(`overlaps with that of catalog ${WAREHOUSE}`)
  })

  it('makes a principal, gives it rights through roles, and takes them away again', async () => {
    const list = 'from pyiceberg.catalog import load_catalog\nprint(load_catalog("lake").list_tables("banking"))'
    const as = (credentials: string | undefined) => {
      const { clientId, clientSecret } = JSON.parse(credentials ?? '') as Record<string, string>
      return { PYICEBERG_CATALOG__LAKE__CREDENTIAL: `${clientId}:${clientSecret}` }
    }
    const [first] = await cli('principals create trino')
    expect((await pyiceberg(list, as(first))).stderr).toContain('ForbiddenException')

    const role = `--catalog ${WAREHOUSE} --catalog-role content`
    const done = await cli(
      'principal-roles create engines',
      'principal-roles grant --principal trino engines',
      `catalog-roles create --catalog ${WAREHOUSE} content`,
      `catalog-roles grant --catalog ${WAREHOUSE} --principal-role engines content`,
      `privileges catalog grant ${role} CATALOG_MANAGE_CONTENT`,
      `privileges list ${role}`,
      'principals access trino',
      'principal-roles list --principal trino',
      `catalog-roles list ${WAREHOUSE}`,
    )
    expect(done[5]).toContain('CATALOG_MANAGE_CONTENT')
    expect(JSON.parse(done[6] ?? '')).toMatchObject({
      principal: 'trino',
      principal_roles: [{ name: 'engines', catalog_roles: [{ name: 'content', privileges: [{ privilege: 'CATALOG_MANAGE_CONTENT' }] }] }],
    })
    expect(done[7]).toContain('engines')
    expect(done[8]).toContain('content')
    expect((await pyiceberg(list, as(first))).stdout).toContain("('banking', 'tx')")

    const [second] = await cli(
      'principals rotate-credentials trino',
      `privileges catalog revoke ${role} CATALOG_MANAGE_CONTENT`,
      `privileges namespace grant ${role} --namespace banking TABLE_READ_DATA`,
      `privileges table grant ${role} --namespace banking --table stale TABLE_LIST`,
    )
    expect((await pyiceberg(list, as(first))).stderr).toContain('invalid_client')
    const read = `
from pyiceberg.catalog import load_catalog
c = load_catalog("lake")
print(c.load_table("banking.stale").scan().to_arrow().num_rows)
c.drop_table("banking.stale")`
    const limited = await pyiceberg(read, as(second))
    expect(limited.stdout.trim()).toBe('3')
    expect(limited.stderr).toContain('ForbiddenException')

    await cli('principals reset trino')
    expect((await pyiceberg(list, as(second))).stderr).toContain('invalid_client')
    await cli('principals delete trino')
  })

  it('makes and lists namespaces and tables', async () => {
    const [, , inner, tables] = await cli(
      `namespaces create --catalog ${WAREHOUSE} outer`,
      `namespaces create --catalog ${WAREHOUSE} outer.inner`,
      `namespaces list --catalog ${WAREHOUSE} --parent outer`,
      `tables list --catalog ${WAREHOUSE} --namespace banking`,
      `namespaces delete --catalog ${WAREHOUSE} outer.inner`,
      `namespaces delete --catalog ${WAREHOUSE} outer`,
    )
    expect(inner).toContain('inner')
    expect(tables).toContain('tx')
  })
})
