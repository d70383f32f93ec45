// What `akko env` takes back from a shell that held another user's variables.
import { describe, expect, it } from 'vitest'
import { withheld } from '#cli/commands/env'
import { DEMO_DATABASE, secretName } from '#platform/names'
import { machineServices } from '#platform/registry'

/** The platform's own secrets that the declarations put into the environment of an administrator. */
async function secretsOf({ superuser }: { superuser: boolean }): Promise<string[]> {
  const asked = new Set<string>()
  for (const service of machineServices())
    await service.machine.clientEnv?.({
      user: 'admin@demo',
      superuser,
      token: 'token',
      tokenFor: async () => 'token',
      tokenExpires: '2026-01-01T00:00:00Z',
      key: { id: 'id', secret: 'secret' },
      address: () => ({ host: '127.0.0.1', port: 1 }),
      endpoint: () => '',
      issuer: 'https://localhost:8443/realms/akko',
      url: (path = '') => `https://localhost${path}`,
      secret: async (name) => {
        asked.add(name)
        return 'x'
      },
      file: (name) => name,
      caFile: 'ca.crt',
    })
  return [...asked].sort()
}

describe('what is no person’s own', () => {
  const business = secretName.role('postgresql-data', DEMO_DATABASE)
  it('is not in an administrator’s shell, whatever he may ask for', async () => {
    expect(await secretsOf({ superuser: false })).toEqual([])
  })
  it('is in it when it is asked for: the superuser of the infrastructure server, the owner of the demo’s database and the engines’ credential', async () => {
    const more = [secretName.superuser('postgresql'), secretName.principal('trino')]
    expect(await secretsOf({ superuser: true })).toEqual([business, ...more].sort())
  })
})

describe('the variables that a user does not get', () => {
  it('are every one that the declarations give to somebody', async () => {
    const names = await withheld({})
    expect(names).toEqual(
      expect.arrayContaining([
        'AKKO_PG_INFRA_URL',
        'AKKO_PG_DATA_URL',
        'PGHOST',
        'PGPASSWORD',
        'AKKO_CATALOG_CREDENTIAL',
        'AKKO_S3_SECRET_KEY',
        'AWS_ACCESS_KEY_ID',
        'AWS_SECRET_ACCESS_KEY',
        'AKKO_TOKEN',
      ]),
    )
    expect(new Set(names).size).toBe(names.length)
    for (const name of names) expect(name).toMatch(/^[A-Z][A-Z0-9_]*$/)
  })

  it('are without those that the user gets', async () => {
    const names = await withheld({ AKKO_TOKEN: 'x', PGHOST: '' })
    expect(names).not.toContain('AKKO_TOKEN')
    expect(names).not.toContain('PGHOST')
    expect(names).toContain('PGPASSWORD')
  })
})
