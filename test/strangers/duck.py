"""DuckDB with its own iceberg extension (wheels from PyPI) attached to the platform's REST catalogue."""
import json
import os
import sys
from importlib import resources

import duckdb

namespace, table = sys.argv[1:3]
connection = duckdb.connect()
connection.execute("SET enable_progress_bar = false")
for extension in ("avro", "httpfs", "iceberg"):
    package = f"duckdb_extension_{extension}"
    path = next(p for p in resources.files(package).rglob("*") if str(p).endswith(f"{extension}.duckdb_extension"))
    target = os.path.expanduser(f"/tmp/akko-duckdb-extensions-{os.getuid()}")
    connection.execute(f"SET extension_directory = '{target}'")
    connection.execute(f"INSTALL '{path}'")
    connection.execute(f"LOAD {extension}")
token = os.environ["AKKO_TOKEN"]
connection.execute("CREATE SECRET lake (TYPE iceberg, TOKEN $token)".replace("$token", "'" + token.replace("'", "''") + "'"))
uri = os.environ["AKKO_CATALOG_URI"]
warehouse = os.environ["AKKO_CATALOG_WAREHOUSE"]
connection.execute(f"ATTACH '{warehouse}' AS lake (TYPE iceberg, ENDPOINT '{uri}', SECRET lake)")
count, total = connection.execute(f"SELECT count(*), sum(amount)::varchar FROM lake.{namespace}.{table}").fetchone()
print(json.dumps({"count": count, "total": total}))
