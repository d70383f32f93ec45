// What `akko env` takes back from a shell that held another user's variables.
import { describe, expect, it } from 'vitest'
import { withheld } from '#cli/commands/env'

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
