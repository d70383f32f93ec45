// The page of what differs from Trino: the judge's statements that are refused, by what they are refused for, and the bounds of what is only near.
import { LAMBDA_DIFFERENCE } from '#parts/sql/syntax/test-verdict'
import { answers } from '#test/sql-judge/answers'
import { BOUNDS } from '#test/sql-judge/compare'
import { type Refusal, refusals } from '#test/sql-judge/replay'

const LONGEST = 110

/** Without types and values, so that one cause has one line. */
function causeOf({ message }: Refusal): string {
  return message
    .replace(/^(function \w+) of .* (is not served here yet)/, '$1 of such arguments $2')
    .replace(/^(cast of )(\w+)\(.*\)( to \w+)(?:\(.*\))?( is not served)/, '$1$2$3$4')
    .replace(/^(operator \S+ of )(\w+)\(.*\)/, '$1$2')
}

function example(sql: string): string {
  const short = sql.length > LONGEST ? `${sql.slice(0, LONGEST)}…` : sql
  return `\`${short.replaceAll('|', '\\|').replaceAll('`', "'")}\``
}

const percent = (part: number, whole: number): string => `${((100 * part) / whole).toFixed(1)} %`

export function differencesPage(table: (headers: readonly string[], rows: readonly (readonly string[])[]) => string): string[] {
  const all = answers().length
  const refused = refusals()
  const causes = [...Map.groupBy(refused, causeOf)].sort(([a, x], [b, y]) => y.length - x.length || (a < b ? -1 : 1))
  return [
    `The judge (\`src/parts/sql/judge.test.ts\`) replays ${all} statements whose answers the real Trino 476 gave: functions with typical and extreme`,
    `arguments, casts, operators, literals, clauses. ${all - refused.length} are answered alike (${percent(all - refused.length, all)}): types, values, and the name of the error`,
    `where Trino complains. ${refused.length} (${percent(refused.length, all)}) are refused with NOT_SUPPORTED and the name of what is missing. None has another value.\n`,
    '## Refused by name\n',
    table(
      ['What', 'Statements', 'For example'],
      causes.map(([cause, list]) => [cause.replaceAll('|', '\\|'), String(list.length), example((list[0] as Refusal).sql)]),
    ),
    '## Only nearly the same\n',
    table(
      ['What', 'Within', 'Why'],
      [
        ...BOUNDS.map(([, bound, what, why]) => [what, `${bound} of the value`, why]),
        ['`normal_cdf`', '1e-15', "the last digit of Java's library and of V8's"],
        ['`bing_tile_polygon`', '1e-14 degrees', "the last digit of Java's library and of V8's"],
        ['`approx_distinct`', 'exact here', "Trino's is within its standard error, 2.3 % unless another is given"],
        ['`approx_percentile` without weights', 'exact here', "Trino's digest brings values together, from some hundred on"],
        [
          '`approx_percentile` with weights, `tdigest_agg`',
          "Trino's digest, in another order of the rows",
          'the order in which rows come is not told by either',
        ],
      ],
    ),
    'Geometries: what depends on the tolerance with which Trino brings near points together is refused, as are unions, differences, buffers and hulls,',
    "whose corners the library orders in a way of its own. Sketches (`approx_set`, `make_set_digest`) are made in Trino's bytes up to 400 values.\n",
    '## Read otherwise\n',
    `Statements drawn from Trino's grammar have the verdict of its parser (\`src/parts/sql/syntax/trino-parser.test.ts\`), but for one form. ${LAMBDA_DIFFERENCE}\n`,
  ]
}
