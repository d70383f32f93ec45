// The strangers' tests that the cluster of the tests cannot pass, each with its reason. A test on this list that passes fails the run.

/** Files of test/strangers that run against the cluster. */
export const SUITES = ['sql', 'lake', 'storage', 'identity'].map((name) => `test/strangers/${name}.test.ts`)

const NO_VENDING = 'the catalogue that stands in for Polaris takes tokens of its principals only, and has no keys of a foreign S3 to vend'
const NOT_ONE_MACHINE = "`akko storage key` is of one machine's own storage"

/** Full name of the test -> why. */
export const LACKING: Readonly<Record<string, string>> = {
  'the Trino Python client refuses a function that it does not have, by its name': 'the real Trino has it',
  'pyiceberg reads what SQL wrote, with vended credentials and no key of its own': NO_VENDING,
  'pyiceberg gets no credentials as a user whose view is masked, and is sent to SQL': NO_VENDING,
  'DuckDB in Python reads the same tables through the catalogue with its own iceberg extension': NO_VENDING,
  'boto3 is refused, each time for its own reason': 'versitygw answers 400 to an object named `..`',
  'akko storage key creates, lists and revokes': NOT_ONE_MACHINE,
  'akko storage key never covers the warehouse': NOT_ONE_MACHINE,
}
