// Formats of date_format and date_parse, in the manner of MySQL, as those of the engine.

import { sqlError } from '#parts/sql/errors'

const MYSQL: ReadonlyMap<string, string> = new Map(
  Object.entries({
    a: '%a',
    b: '%b',
    c: '%-m',
    d: '%d',
    e: '%-d',
    f: '%f',
    H: '%H',
    h: '%I',
    I: '%I',
    i: '%M',
    j: '%j',
    k: '%-H',
    l: '%-I',
    M: '%B',
    m: '%m',
    p: '%p',
    r: '%I:%M:%S %p',
    S: '%S',
    s: '%S',
    T: '%H:%M:%S',
    v: '%V',
    W: '%A',
    Y: '%Y',
    y: '%y',
    '%': '%%',
    x: '%G',
  }),
)

export function mysqlFormat(pattern: string, printing: boolean): string {
  return pattern.replace(/%(.|$)/gs, (_, c: string) => {
    const mapped = MYSQL.get(c)
    if (mapped === undefined) {
      if (c !== '' && 'DUuVwX'.includes(c))
        throw sqlError('INVALID_FUNCTION_ARGUMENT', undefined, `%${c} not supported in date format string`)
      return c
    }
    return printing ? mapped : mapped.replaceAll('%-', '%')
  })
}
