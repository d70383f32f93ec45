// A model that local inference has. It is there whole or it is pulled; which weights a tag means is its registry's affair.
import type { Model } from '#ensure/clients/ollama'
import { defineKind } from '#ensure/kind'

declare module '#platform/resources' {
  interface ResourceKinds {
    /** A model that local inference can answer with. */
    model: {
      /** With its tag: `qwen2.5:3b`. */
      readonly name: string
    }
  }
}

export const modelKind = defineKind<'model', Model>({
  kind: 'model',
  id: ({ name }) => name,
  after: [],
  read: ({ clients }, { name }) => clients.ollama().model(name),
  diff: ({ unreadable }) => (unreadable === undefined ? [] : [`it cannot be read: ${unreadable}`]),
  create: ({ clients }, { name }) => clients.ollama().pull(name),
  // A pull writes what the server cannot read anew.
  update: ({ clients }, { name }) => clients.ollama().pull(name),
})
