// The settings of one part, declared beside it: they join the schema of the configuration under the part's key.
import type { z } from 'zod'

/** Handed in: only who checks a configuration loads it, and no cell does. */
export type Zod = typeof z

export interface Settings<Value = unknown> {
  /** Its key in `config.yaml`. */
  readonly key: string
  schema(zod: Zod): z.ZodType
  /** From a resolved configuration. */
  of(config: object): Value
}

/** Every setting has a default (or is optional) and a text; `akko config`, the JSON Schema and the reference are made from them. */
export function defineSettings<S extends z.ZodRawShape>(key: string, shape: (zod: Zod) => S): Settings<z.infer<z.ZodObject<S>>> {
  return {
    key,
    schema: (zod) => zod.strictObject(shape(zod)).prefault({} as never),
    of: (config) => (config as Readonly<Record<string, z.infer<z.ZodObject<S>>>>)[key] as z.infer<z.ZodObject<S>>,
  }
}

/** Whether a door asks who calls. */
export const authentication = (zod: Zod) => zod.enum(['token', 'none']).default('token').describe('none: loopback compatibility tests only')
