// By hand, when the calls or Keycloak change: asks the real Keycloak and keeps its answers. `./akko run test/realm-judge/record.ts [URL NAME PASSWORD]`; without them, it starts Keycloak itself.
import { keepAnswers } from '#test/realm-judge/answers'
import { askAll } from '#test/realm-judge/ask'
import { plain } from '#test/realm-judge/compare'
import { startRealKeycloak } from '#test/support/keycloak'

const [, , url, username, password] = process.argv
if (url && username && password) await record({ url, username, password })
else {
  const { url, admin, stop } = await startRealKeycloak()
  await record({ url, username: admin.username, password: admin.password.reveal() }).finally(stop)
}

async function record(server: { readonly url: string; readonly username: string; readonly password: string }): Promise<void> {
  const { node, python } = await askAll(server)
  keepAnswers({ node: node.map(plain), python: python.map(plain) })
  process.stdout.write(`${node.length} calls of Node and ${python.length} of Python\n`)
}
