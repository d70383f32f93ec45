// The pages that the parts of this platform bring.
import { type Page, pages } from '~/app/pages'
import { useLive } from '~/lib/live-stream'
import { useSession } from '~/lib/session'

/** Pages whose part runs here; before the first message nothing is hidden. */
export function usePages(): readonly Page[] {
  const { status } = useLive()
  const { governance } = useSession()
  return pages
    .filter((page) => !page.part || !status || status.parts.some((part) => part.name === page.part))
    .filter((page) => !page.policy || governance)
}
