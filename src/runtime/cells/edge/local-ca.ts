// The home's certificate authority: the gateway answers with it, and whoever asks the gateway in this process trusts it.
import { createLocalCa } from '#parts/gateway/index'
import { type CellContext, slot } from '#runtime/composition'
import { trustLocalCa } from '#runtime/trust'

const LOCAL_CA = slot<Promise<void>>('local certificate authority')

export function ensureLocalCa(cell: CellContext): Promise<void> {
  const { machine } = cell
  return cell.once(LOCAL_CA, async () => {
    await createLocalCa(machine.paths.ca, { domains: [machine.site.domain] })
    trustLocalCa(machine)
  })
}
