// The settings of one part, declared beside it: they join the schema of the configuration under the part's key.
import { z } from 'zod'

export interface Settings<Value = unknown> {
  /** Its key in `config.yaml`. */
  readonly key: string
  readonly schema: z.ZodType
  /** From a resolved configuration. */
  of(config: object): Value
}

/** Every setting has a default (or is optional) and a text; `akko config`, the JSON Schema and the reference are made from them. */
export function defineSettings<S extends z.ZodRawShape>(key: string, shape: S): Settings<z.infer<z.ZodObject<S>>> {
  const schema = z.strictObject(shape)
  return {
    key,
    schema: schema.prefault({} as never),
    of: (config) => (config as Readonly<Record<string, z.infer<z.ZodObject<S>>>>)[key] as z.infer<z.ZodObject<S>>,
  }
}

/** Whether a door asks who calls. */
export const authentication = z.enum(['token', 'none']).default('token').describe('none: loopback compatibility tests only')
