// The program inside the image akko-init: what its pods run, chosen by the first argument.

import { readFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { BadInput, SecretsWanting } from '#cluster/init/errors'
import { AkkoError, describeError } from '#kit/errors'
import { own } from '#kit/own'
import { REALM, ROLES } from '#platform/names'
import type { Resource } from '#platform/resources'
import { EXIT } from '#platform/secret-objects'

const USAGE =
  'wait URL... | secrets FILE | ensure [--plan] [--json] FILE | copy-storage DIR --keep=N | list-copies DIR | restore-storage DIR [--from=TIME] [BUCKET...] | serve-policy | demo [--json]'

// As the first process of a container it would not be ended by a signal unless it says so.
for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, () => process.exit(signal === 'SIGTERM' ? 143 : 130))

const say = (line: string) => void process.stdout.write(`${line}\n`)

const commands: Readonly<Record<string, (args: readonly string[]) => Promise<number>>> = {
  wait: async (urls) => {
    const { waitFor } = await import('#cluster/init/wait')
    await waitFor(urls, { env: process.env, say })
    return 0
  },
  secrets: async ([file]) => {
    const [{ writeMissingSecrets }, { createKubernetes }] = await Promise.all([
      import('#cluster/init/secrets'),
      import('#cluster/init/kubernetes'),
    ])
    const { created, kept, warnings } = await writeMissingSecrets(readJson(file), createKubernetes(process.env))
    for (const name of created) say(`created  Secret ${name}`)
    for (const warning of warnings) say(`warning  ${warning}`)
    say(`${created.length + kept.length} Secrets: ${created.length} created, ${kept.length} left as they were`)
    return 0
  },
  ensure: async (args) => {
    const { values, positionals } = parseArgs({
      args: [...args],
      options: { plan: { type: 'boolean' }, json: { type: 'boolean' } },
      allowPositionals: true,
    })
    const [{ ensure, planOnly }, { createKubernetes }] = await Promise.all([
      import('#cluster/init/ensure'),
      import('#cluster/init/kubernetes'),
    ])
    const run = values.plan ? planOnly : ensure
    return run({
      resources: [...readJson<Resource[]>(positionals[0]), ...(await rolesOfPolicy(process.env.AKKO_POLICY_FOLDER))],
      env: process.env,
      kubernetes: createKubernetes(process.env),
      json: values.json ?? false,
      say,
    })
  },
  'copy-storage': async (args) => {
    const { values, positionals } = parseArgs({ args: [...args], options: { keep: { type: 'string' } }, allowPositionals: true })
    const [{ copyStorage }, { openStore }] = await Promise.all([import('#cluster/init/copy-storage'), import('#cluster/init/store')])
    const dir = positionals[0]
    if (!dir) throw BadInput({ what: `which folder? ${USAGE}` })
    const done = await copyStorage({ store: openStore(process.env), dir, keep: Number(values.keep ?? 7), say })
    say(`${done.folder}: ${done.objects} objects, ${done.copied} copied (${done.copiedBytes} bytes), ${done.linked} unchanged`)
    return 0
  },
  'list-copies': async ([dir]) => {
    const { copiesIn } = await import('#cluster/init/copy-storage')
    if (!dir) throw BadInput({ what: `which folder? ${USAGE}` })
    for (const name of await copiesIn(dir)) say(name)
    return 0
  },
  'restore-storage': async (args) => {
    const { values, positionals } = parseArgs({ args: [...args], options: { from: { type: 'string' } }, allowPositionals: true })
    const [{ restoreStorage }, { openStore }] = await Promise.all([import('#cluster/init/copy-storage'), import('#cluster/init/store')])
    const [dir, ...only] = positionals
    if (!dir) throw BadInput({ what: `which folder? ${USAGE}` })
    say(`${await restoreStorage({ store: openStore(process.env), dir, from: values.from, only, say })} objects put back`)
    return 0
  },
  'serve-policy': async () => {
    const [{ runPod }, { createPolicyPod }] = await Promise.all([import('#cluster/pod'), import('#cluster/policy/compose')])
    await runPod('policy', () => createPolicyPod(process.env.AKKO_POLICY_FOLDER))
    return new Promise(() => {})
  },
  demo: async (args) => {
    const { values } = parseArgs({ args: [...args], options: { json: { type: 'boolean' } } })
    const { demo } = await import('#cluster/init/demo')
    await demo(process.env, say, values.json ?? false)
    return 0
  },
}

/** What the policy's owner has named, so that it can be given to people. */
async function rolesOfPolicy(folder: string | undefined): Promise<Resource[]> {
  if (folder === undefined) return []
  const { readPolicy } = await import('#cluster/pod-policy')
  const { model } = await readPolicy(folder)
  const shipped: readonly string[] = Object.values(ROLES)
  return Object.keys(model.roleGrants).flatMap((name) =>
    shipped.includes(name) ? [] : [{ kind: 'realmRole', realm: REALM, name, description: 'Of the policy' }],
  )
}

function readJson<T>(file: string | undefined): T {
  if (!file) throw BadInput({ what: `which file? ${USAGE}` })
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as T
  } catch (error) {
    throw BadInput({ what: `${file} cannot be read as JSON: ${(error as Error).message}` })
  }
}

/** The exit code is given back when all has been written. */
async function main([name, ...args]: readonly string[]): Promise<number> {
  try {
    const command = own(commands, name ?? '')
    if (!command) throw BadInput({ what: `what shall be done? ${USAGE}` })
    return await command(args)
  } catch (error) {
    const hint = error instanceof AkkoError ? error.hint : undefined
    process.stderr.write(`akko-init: ${describeError(error)}\n${hint ? `  ${hint}\n` : ''}`)
    return BadInput.is(error) || SecretsWanting.is(error) ? EXIT.operator : EXIT.failed
  }
}

const code = await main(process.argv.slice(2))
// Connections that are kept alive for a next request must not keep the pod alive.
await new Promise((resolve) => process.stdout.write('', resolve))
process.exit(code)
