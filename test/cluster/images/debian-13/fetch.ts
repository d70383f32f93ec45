// Debian 13's root file system.
import { debianRoot } from '#test/cluster/images/debian'

/** The build context: `rootfs.tar`. */
export const artefacts = async (say: (line: string) => void): Promise<string> => debianRoot('trixie', say)
