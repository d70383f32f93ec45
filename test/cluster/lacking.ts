// The strangers' tests that the cluster of the tests cannot pass, each with its reason. A test on this list that passes fails the run.

/** Files of test/strangers that run against the cluster. */
export const SUITES = ['sql', 'lake', 'storage', 'identity', 'reports'].map((name) => `test/strangers/${name}.test.ts`)

const NO_VENDING = 'the catalogue that stands in for Polaris takes tokens of its principals only, and has no keys of a foreign S3 to vend'
const NO_IMPERSONATION =
  "the release's doors hold no client's secret, and Keycloak 26 exchanges no token for a user that is only named; audiences: src/ensure/audiences.test.ts"
const NOT_ONE_MACHINE = "`akko storage` and the gateway's door to it are of one machine's own storage"

/** Full name of the test -> why. */
export const LACKING: Readonly<Record<string, string>> = {
  'the Trino Python client is told of prepared statements that fit into no header':
    'the real Trino gives the header all the same, and the client then fails',
  'pyiceberg reads what SQL wrote, with vended credentials and no key of its own': NO_VENDING,
  'pyiceberg gets no credentials as a user whose view is masked, and is sent to SQL': NO_VENDING,
  'DuckDB in Python reads the same tables through the catalogue with its own iceberg extension': NO_VENDING,
  'boto3 is refused, each time for its own reason': 'versitygw answers 400 to an object named `..`',
  'a token opens the part that it is for, and no other trino': NO_IMPERSONATION,
  'a token opens the part that it is for, and no other polaris': NO_IMPERSONATION,
  'a token opens the part that it is for, and no other realm-management': NO_IMPERSONATION,
  'a token opens the part that it is for, and no other the guarded hosts and the cockpit want their own': NO_IMPERSONATION,
  'a token opens the part that it is for, and no other a client’s own token opens SQL only where that is declared':
    "the release's doors hold no client's secret",
  'S3 over TLS, through the gateway serves boto3 and the AWS CLI under its host': NOT_ONE_MACHINE,
  'S3 over TLS, through the gateway serves boto3 and the AWS CLI under the name of the machine': NOT_ONE_MACHINE,
  'cross-origin rules, through the gateway are told to a browser under the store’s host and nowhere else, whatever cookies it sends along, and open nothing':
    NOT_ONE_MACHINE,
  'akko storage makes a bucket, fills it, looks, lends an address, and clears up': NOT_ONE_MACHINE,
  'akko storage key creates, lists and revokes': NOT_ONE_MACHINE,
  'akko storage key never covers the warehouse': NOT_ONE_MACHINE,
}
