// A function of the engine that is computed here and not by DuckDB: values in, a value out, on the thread of the instance.
import { type DuckDBDataChunk, DuckDBScalarFunction, type DuckDBType, type DuckDBValue, type DuckDBVector } from '@duckdb/node-api'
import { printRaised } from '#wire/engine/raised'

export interface Scalar {
  readonly name: string
  readonly parameters: readonly DuckDBType[]
  readonly result: DuckDBType
  /** Called before the rows of a chunk. */
  readonly begin?: () => void
  /** Never given a null; nothing is null. */
  readonly of: (...args: never[]) => DuckDBValue | undefined
}

/** An argument that Trino refuses, with its name for that. The text holds no value: a policy may hide it. `detail` may. */
export class BadArgument extends Error {
  readonly errorName: string
  /** The text in Trino's words, for who is shown all. */
  readonly detail: string | undefined
  constructor(text: string, errorName = 'INVALID_FUNCTION_ARGUMENT', detail?: string) {
    super(text)
    this.errorName = errorName
    this.detail = detail
  }

  override toString(): string {
    const { errorName: name, message: text, detail } = this
    return printRaised({ name, text, ...(detail === undefined ? {} : { detail }) })
  }
}

export function toDuckDB({ name, parameters, result, begin, of }: Scalar): DuckDBScalarFunction {
  const call = of as (...args: unknown[]) => DuckDBValue | undefined
  return DuckDBScalarFunction.create({
    name,
    returnType: result,
    parameterTypes: parameters,
    mainFunction: (info, input: DuckDBDataChunk, output: DuckDBVector) => {
      const columns = parameters.map((_, i) => input.getColumnValues(i))
      try {
        begin?.()
        for (let row = 0; row < input.rowCount; row++) {
          const values = columns.map((column) => column[row] ?? null)
          output.setItem(row, values.includes(null) ? null : (call(...values) ?? null))
        }
        output.flush()
      } catch (error) {
        info.setError(error instanceof BadArgument ? String(error) : `${name} failed`)
      }
    },
  })
}
