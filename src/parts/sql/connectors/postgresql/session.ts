// What all connections to a database have in common.

/** Values in forms that the engine reads and writes, whatever the server's settings. */
export const FORMS = `SET LOCAL TimeZone = 'UTC'; SET LOCAL DateStyle = 'ISO, YMD'; SET LOCAL IntervalStyle = 'postgres';
  SET LOCAL extra_float_digits = 1; SET LOCAL standard_conforming_strings = on`

/** A lost connection fails the query that runs on it; the client's own event, unheard, would end the process. */
export const ignore = (): void => {}
