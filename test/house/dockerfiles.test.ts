// Images of our own programs. A Dockerfile takes nothing from another one by a means that all builders know, so what they share is
// the same word for word: a builder makes it once, and one that was changed alone is seen here.
import { readdirSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { describe, expect, it } from 'vitest'

const DOCKER = resolve(import.meta.dirname, '../../docker')

interface Stage {
  readonly from: string
  readonly lines: readonly string[]
}

function stages(image: string): Stage[] {
  const [, ...texts] = readFileSync(join(DOCKER, image, 'Dockerfile'), 'utf8').split(/^(?=FROM )/m)
  return texts.map((text) => {
    const [from = '', ...lines] = text.split('\n').filter((line) => line !== '' && !line.startsWith('#'))
    return { from, lines }
  })
}

/** What an image has of its own in the final stage: what it copies from its other stages, its labels, its door and its program. */
const OWN = /^(COPY --from=app |LABEL |\s+org\.opencontainers|EXPOSE |ENTRYPOINT )/

describe('images of our programs', () => {
  const images = readdirSync(DOCKER).filter((image) => stages(image).some(({ lines }) => lines.includes('COPY src/ /opt/akko/src/')))
  const [first = '', ...others] = images

  it('are several', () => expect(images).toEqual(expect.arrayContaining(['cockpit', 'docs', 'init'])))

  it.each(others)('%s is made as the others are', (image) => {
    const shared = (of: string) => {
      const all = stages(of)
      const modules = all.find(({ from }) => from.endsWith(' AS modules'))
      const final = all.at(-1)
      return { modules, final: { from: final?.from, lines: final?.lines.filter((line) => !OWN.test(line)) } }
    }
    expect(shared(image).modules?.lines.length).toBeGreaterThan(2)
    expect(shared(image)).toEqual(shared(first))
  })
})
