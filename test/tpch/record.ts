// By hand, when Trino changes: asks the real one what the tables of its connector come to. `./akko run test/tpch/record.ts [URL]`; without one, it starts Trino itself.
import { writeFileSync } from 'node:fs'
import { trinoPlugins } from '#test/support/jvm'
import { freePort } from '#test/support/postgres'
import { ask, launchTrino, oneNode, type SqlServer } from '#test/support/trino'
import { CHECKED, CHECKSUMS_FILE, checksumStatement, keyOf } from '#test/tpch/checksums'

const [, , given] = process.argv
const port = await freePort()
const trino: SqlServer = { url: given ?? `http://127.0.0.1:${port}`, user: 'judge' }
const stop = given === undefined ? await launch() : async () => {}
try {
  const answers: Record<string, readonly unknown[]> = {}
  for (const checked of CHECKED) {
    const { rows, error } = await ask(trino, checksumStatement(checked))
    if (error) throw new Error(`${keyOf(checked)}: ${error.message}`)
    answers[keyOf(checked)] = rows[0] as readonly unknown[]
    writeFileSync(CHECKSUMS_FILE, `${JSON.stringify(answers, null, 2)}\n`)
  }
} finally {
  await stop()
}

function launch(): Promise<() => Promise<void>> {
  return launchTrino({
    config: oneNode(trino.url),
    plugins: trinoPlugins(['tpch']),
    catalogs: { tpch: 'connector.name=tpch\n' },
    isReady: async () => (await ask(trino, 'SELECT count(*) FROM tpch.tiny.region')).error === undefined,
  })
}
