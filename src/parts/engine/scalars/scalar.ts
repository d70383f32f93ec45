// A function of the engine that is computed here and not by DuckDB: values in, a value out, on the thread of the instance.
import {
  type DuckDBDataChunk,
  DuckDBScalarFunction,
  type DuckDBType,
  type DuckDBValue,
  type DuckDBVector,
  STRUCT,
  structValue,
  VARCHAR,
} from '@duckdb/node-api'
import { CAUGHT, printRaised, printThrough, type Raised, tellingName } from '#wire/engine/raised'

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

  get raised(): Raised {
    const { errorName: name, message: text, detail } = this
    return { name, text, ...(detail === undefined ? {} : { detail }) }
  }
}

/** A first row that failed. DuckDB's optimiser tries a call of constants again at each of its steps, and swallows that it failed. */
interface Failed {
  readonly scalar: Scalar
  readonly values: readonly unknown[]
  readonly error: unknown
}

/** One for the process, so that no more than the arguments of one call are kept. */
let failed: Failed | undefined

/** Of equal arguments that have failed without other rows before them; undefined where nothing is known. */
function failureOf(scalar: Scalar, values: readonly unknown[]): unknown {
  if (failed?.scalar !== scalar || failed.values.length !== values.length) return undefined
  return failed.values.every((value, i) => Object.is(value, values[i])) ? failed.error : undefined
}

const raisedOf = (error: unknown, name: string): Raised =>
  error instanceof BadArgument ? error.raised : { name: 'GENERIC_INTERNAL_ERROR', text: `${name} failed` }

/** Under its name for all, and under another for the inside of TRY: that tells beside the value what TRY must not catch. */
export function toDuckDB(scalar: Scalar): readonly DuckDBScalarFunction[] {
  const { name, result, of } = scalar
  const telling: Scalar = {
    ...scalar,
    name: tellingName(name),
    result: STRUCT({ value: result, error: VARCHAR }),
    of: (...args) => {
      try {
        return structValue({ value: of(...args) ?? null, error: null })
      } catch (error) {
        const raised = raisedOf(error, name)
        if (CAUGHT.has(raised.name)) throw error
        return structValue({ value: null, error: printThrough(raised) })
      }
    },
  }
  return [made(scalar), made(telling)]
}

function made(scalar: Scalar): DuckDBScalarFunction {
  const { name, parameters, result, begin, of } = scalar
  const call = of as (...args: unknown[]) => DuckDBValue | undefined
  const first = (values: readonly unknown[]) => {
    const known = failureOf(scalar, values)
    if (known !== undefined) throw known
    try {
      return call(...values)
    } catch (error) {
      failed = { scalar, values, error }
      throw error
    }
  }
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
          output.setItem(row, values.includes(null) ? null : ((row === 0 ? first(values) : call(...values)) ?? null))
        }
        output.flush()
      } catch (error) {
        info.setError(printRaised(raisedOf(error, name)))
      }
    },
  })
}
