"""A person's doors while the policy's file is edited: Trino's client, pyiceberg by its catalogue and by keys that were lent before, and boto3. Prints how long each went on."""
import json
import os
import sys
import time
from urllib.parse import urlparse

import boto3
import trino
from pyiceberg.catalog import load_catalog

file, before, after = sys.argv[1:4]
url = urlparse(os.environ["AKKO_SQL_URL"])
sql = trino.dbapi.connect(
    host=url.hostname,
    port=url.port,
    http_scheme=url.scheme,
    verify=os.environ["AKKO_CA_FILE"],
    user=os.environ["AKKO_SQL_USER"],
    auth=trino.auth.JWTAuthentication(os.environ["AKKO_SQL_TOKEN"]),
)


def ask(statement):
    cursor = sql.cursor()
    cursor.execute(statement)
    return cursor.fetchall()


ask("CREATE TABLE IF NOT EXISTS iceberg.staging.letters AS SELECT 'a' AS email")
lake = load_catalog("default", **{"s3.access-key-id": None, "s3.secret-access-key": None})
table = lake.load_table("staging.letters")
s3 = boto3.client("s3")
doors = {
    "SQL": lambda: ask("SELECT email FROM iceberg.staging.letters"),
    "catalogue": lambda: lake.load_table("staging.letters"),
    "keys lent before": lambda: table.scan().to_arrow().num_rows,
    "own S3 key": lambda: s3.list_objects_v2(Bucket="akko-shared"),
}
seen = {name: str(open_door())[:40] for name, open_door in doors.items()}


def refusal(open_door):
    try:
        open_door()
    except Exception as error:
        return f"{type(error).__name__}: {error}"[:300]


with open(file) as policy:
    text = policy.read()
if text.count(before) != 1:
    raise SystemExit(f"{before} stands {text.count(before)} times in {file}")
with open(file, "w") as policy:
    policy.write(text.replace(before, after))
began = time.monotonic()
shut = {}
while len(shut) < len(doors) and time.monotonic() - began < 60:
    for name, open_door in doors.items():
        if name in shut:
            continue
        if refusal(open_door):
            seconds = round(time.monotonic() - began, 2)
            # What was on its way when the policy changed may be stopped by a later door than what comes after it.
            shut[name] = {"seconds": seconds, "says": refusal(open_door) or "it opens again"}
    time.sleep(0.05)
print(json.dumps({"open": sorted(seen), "shut": shut}))
