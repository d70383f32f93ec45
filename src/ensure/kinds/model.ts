// A model that local inference has. It is there or it is pulled; which weights a tag means is its registry's affair.
import { defineKind } from '../kind.ts'

export const modelKind = defineKind<'model', true>({
  kind: 'model',
  after: [],
  read: async ({ clients }, { name }) => {
    const there = await clients.ollama().models()
    return there.has(name.includes(':', name.lastIndexOf('/') + 1) ? name : `${name}:latest`) || undefined
  },
  diff: () => [],
  create: ({ clients }, { name }) => clients.ollama().pull(name),
  update: async () => {},
})
