// The servers that an init job works on, from the environment that the chart gives it (adminOf and addressesOf of src/chart/init.ts).

import { type Env, required } from '#cluster/init/environment'
import { type ContextOptions, createEnsureContext, type EnsureContext } from '#ensure/index'
import { Secret, type SecretStore } from '#kit/secret'
import type { Server } from '#platform/resources'

export function createClusterContext(env: Env, secrets: SecretStore): EnsureContext {
  return createEnsureContext({ secrets, ...endpointsOf(env) })
}

/** Only the servers whose address is given; a resource that needs another one says so. */
export function endpointsOf(env: Env): Omit<ContextOptions, 'secrets'> {
  const secret = (name: string) => new Secret(required(env, name))
  const endpoint = env.AKKO_S3_ENDPOINT?.replace(/\/+$/, '')
  const region = env.AKKO_S3_REGION ?? ''
  return {
    postgres: (server: Server) => ({
      ...hostAndPort(required(env, addressVariable(server))),
      superuser: 'postgres',
      password: secret('AKKO_POSTGRESQL_PASSWORD'),
    }),
    ...(endpoint && env.AKKO_S3_ACCESS_KEY
      ? {
          s3: {
            endpoint,
            region,
            ...(env.AKKO_S3_IAM_ENDPOINT ? { iam: env.AKKO_S3_IAM_ENDPOINT.replace(/\/+$/, '') } : {}),
            keys: env.AKKO_S3_KEYS === 'iam' ? ('iam' as const) : ('given' as const),
            root: { accessKeyId: env.AKKO_S3_ACCESS_KEY, secretAccessKey: secret('AKKO_S3_SECRET_KEY') },
          },
        }
      : {}),
    ...(env.AKKO_CATALOG_ADDRESS
      ? {
          polaris: {
            url: `http://${env.AKKO_CATALOG_ADDRESS}/api`,
            root: { clientId: 'root', clientSecret: secret('AKKO_CATALOG_ROOT') },
            // Without STS nothing is vended: each engine has a key of its own.
            ...(endpoint ? { storage: { region, endpoint, pathStyleAccess: true, stsUnavailable: true } } : {}),
          },
        }
      : {}),
    ...(env.AKKO_BI_ADDRESS
      ? { superset: { url: `http://${env.AKKO_BI_ADDRESS}`, admin: { username: 'admin', password: secret('AKKO_BI_ADMIN_PASSWORD') } } }
      : {}),
    ...(env.AKKO_OLLAMA_ADDRESS
      ? { ollama: { url: `http://${env.AKKO_OLLAMA_ADDRESS}`, progress: (line: string) => void process.stdout.write(`${line}\n`) } }
      : {}),
    ...(env.AKKO_IDENTITY_ADDRESS
      ? {
          keycloak: {
            url: `http://${env.AKKO_IDENTITY_ADDRESS}`,
            admin: { username: 'admin', password: secret('AKKO_IDENTITY_ADMIN_PASSWORD') },
          },
        }
      : {}),
  }
}

const addressVariable = (server: string) => `AKKO_${server.toUpperCase().replaceAll('-', '_')}_ADDRESS`

function hostAndPort(address: string): { host: string; port: number } {
  const url = new URL(`tcp://${address}`)
  return { host: url.hostname.replace(/^\[|\]$/g, ''), port: Number(url.port) }
}
