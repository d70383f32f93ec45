// Run by a test as an unprivileged user, from a copy of the sources: both servers from nothing, asked by the provider's own psql. Prints JSON.
import { join } from 'node:path'
import { run } from '#parts/postgresql/run'
import { createTestHome, prepareOptions, SERVERS, startServer, testProvider } from '#parts/postgresql/test-server'

const home = await createTestHome()
try {
  const provider = await testProvider(home)
  const servers = await Promise.all(SERVERS.map(async (name) => startServer(await prepareOptions(home, provider, name))))
  const answers = await Promise.all(
    servers.map((s) =>
      run(join(provider.bin, 'psql'), ['-X', '-A', '-t', '-h', s.socketDir, '-p', String(s.port), '-U', 'postgres', '-d', 'postgres'], {
        env: { ...provider.env, PGPASSWORD: s.superuserPassword.reveal() },
        input: "CREATE EXTENSION vector;\nSELECT '[1,2]'::vector <-> '[1,4]', current_setting('data_checksums');\n",
      }),
    ),
  )
  await Promise.all(servers.map((s) => s.stop()))
  process.stdout.write(
    `${JSON.stringify({ uid: process.getuid?.(), provider: provider.kind, answers, dataDirs: servers.map((s) => s.dataDir) })}\n`,
  )
} finally {
  home.remove()
}
