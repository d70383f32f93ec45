// Metadata files as files of this machine, for warehouses at `file://`.
import { randomUUID } from 'node:crypto'
import { link, mkdir, open, rm, unlink } from 'node:fs/promises'
import { dirname, resolve, sep } from 'node:path'
import { fileURLToPath } from 'node:url'
import { FileTooLarge, NoSuchFile } from '#parts/catalog/errors'
import { metadataText } from '#parts/catalog/metadata-text'
import { LARGEST_METADATA, type MetadataFiles } from '#parts/catalog/ports'

/** `root` is the only folder that is read or written. */
export function createFolderMetadataFiles(root: string): MetadataFiles {
  const home = resolve(root)
  const pathOf = (uri: string): string => {
    const path = resolve(fileURLToPath(uri))
    if (!path.startsWith(home + sep)) throw new Error(`${uri} lies outside ${home}`)
    return path
  }
  return {
    scheme: 'file',
    read: async (uri) => {
      const file = await open(pathOf(uri), 'r').catch((error: NodeJS.ErrnoException) => {
        throw error.code === 'ENOENT' || error.code === 'ENOTDIR' ? NoSuchFile({ uri }, error) : error
      })
      try {
        if ((await file.stat()).size > LARGEST_METADATA) throw FileTooLarge({ uri, limit: LARGEST_METADATA })
        return await metadataText(uri, await file.readFile())
      } finally {
        await file.close()
      }
    },
    write: async (uri, text) => {
      const path = pathOf(uri)
      const folder = dirname(path)
      await mkdir(folder, { recursive: true })
      const temporary = `${path}.${randomUUID()}.tmp`
      try {
        const file = await open(temporary, 'wx')
        await file.writeFile(text).finally(() => file.sync().finally(() => file.close()))
        await link(temporary, path)
      } finally {
        await unlink(temporary).catch(() => undefined)
      }
      const directory = await open(folder, 'r')
      await directory.sync().finally(() => directory.close())
    },
    remove: async (uris) => {
      await Promise.all(uris.map((uri) => rm(pathOf(uri), { force: true })))
    },
    removeBelow: async (uri) => rm(pathOf(uri), { recursive: true, force: true }),
  }
}
