"""The Trino Python client through the gateway, configured by `akko env` alone: each argument is a statement. Prints columns and rows of the last, or the error."""
import json
import os
import sys
from urllib.parse import urlparse

import trino
from trino.auth import JWTAuthentication
from trino.exceptions import TrinoQueryError

url = urlparse(os.environ["AKKO_SQL_URL"])
token = os.environ["AKKO_SQL_TOKEN"]
connection = trino.dbapi.connect(
    host=url.hostname,
    port=url.port,
    http_scheme=url.scheme,
    user=os.environ["AKKO_SQL_USER"],
    auth=JWTAuthentication(token) if token else None,
    verify=os.environ["AKKO_CA_FILE"],
    max_attempts=1,
)
cursor = connection.cursor()
try:
    for statement in sys.argv[1:]:
        cursor.execute(statement)
        rows = cursor.fetchall()
    columns = [{"name": d[0], "type": d[1]} for d in cursor.description or []]
    print(json.dumps({"columns": columns, "rows": rows}, default=str))
except TrinoQueryError as error:
    raw = error._error
    place = raw.get("errorLocation") or {}
    print(
        json.dumps(
            {
                "columns": [],
                "rows": [],
                "error": {"name": error.error_name, "message": error.message, "line": place.get("lineNumber"), "column": place.get("columnNumber")},
            }
        )
    )
except Exception as error:  # refused before it was a query
    print(json.dumps({"columns": [], "rows": [], "error": {"name": type(error).__name__, "message": str(error)}}))
