"""What a person sees of tables at each door, configured by `akko env` alone: Trino's client, psql, pyiceberg and boto3. Rows in order, null where he is refused."""
import json
import os
import subprocess
import sys
from urllib.parse import urlparse

import boto3
import trino
from botocore.exceptions import ClientError
from pyiceberg.catalog import load_catalog
from pyiceberg.exceptions import ForbiddenError, NoSuchTableError
from trino.exceptions import TrinoUserError

DATABASES = {"banking": "banking", "healthcare": "healthcare"}
url = urlparse(os.environ["AKKO_SQL_URL"])
sql = trino.dbapi.connect(
    host=url.hostname,
    port=url.port,
    http_scheme=url.scheme,
    verify=os.environ["AKKO_CA_FILE"],
    user=os.environ["AKKO_SQL_USER"],
    auth=trino.auth.JWTAuthentication(os.environ["AKKO_SQL_TOKEN"]),
)
lake = load_catalog("default", **{"s3.access-key-id": None, "s3.secret-access-key": None})


def texts(rows):
    return sorted([str(value) for value in row] for row in rows)


def by_sql(table, what="*"):
    cursor = sql.cursor()
    try:
        cursor.execute(f"SELECT {what} FROM {table}")
        return texts(cursor.fetchall())
    except TrinoUserError as error:
        if error.error_name not in ("PERMISSION_DENIED", "TABLE_NOT_FOUND", "SCHEMA_NOT_FOUND", "CATALOG_NOT_FOUND"):
            raise
        return None


def by_psql(database, table, what="*"):
    """By the bare name: what is masked or filtered lies in a schema that comes first."""
    if "PGHOST" not in os.environ:
        return None  # of no database he reads anything: no login
    done = subprocess.run(
        ["psql", "-X", "-At", "-F", "\t", "-v", "ON_ERROR_STOP=1", "-c", f"SELECT {what} FROM {table}"],
        env={**os.environ, "PGDATABASE": database},
        capture_output=True,
        text=True,
    )
    if done.returncode == 0:
        return texts(line.split("\t") for line in done.stdout.splitlines())
    if "permission denied" not in done.stderr and "does not exist" not in done.stderr:
        raise SystemExit(done.stderr)
    return None


def by_catalogue(name):
    try:
        table = lake.load_table(name)
        return texts(row.values() for row in table.scan().to_arrow().to_pylist())
    except (ForbiddenError, NoSuchTableError):
        return None


def bucket(name):
    if "AWS_ACCESS_KEY_ID" not in os.environ:
        return None  # a role without buckets has no key, nor an address to use one at
    s3 = boto3.client("s3")
    try:
        return [one["Key"] for one in s3.list_objects_v2(Bucket=name).get("Contents", [])]
    except ClientError as error:
        if error.response["Error"]["Code"] not in ("AccessDenied", "NoSuchBucket"):
            raise
        return None


seen = {}
for table, columns in json.loads(sys.argv[1]).items():
    catalogue, schema, name = table.split(".")
    what = ", ".join(columns) if columns else "*"
    seen[table] = {"SQL": by_sql(table, what)}
    if catalogue == "iceberg":
        seen[table]["catalogue"] = by_catalogue(f"{schema}.{name}")
    else:
        seen[table]["psql"] = by_psql(DATABASES[catalogue], name, what)
print(json.dumps({"tables": seen, "warehouse": bucket("akko-iceberg")}))
