"""A foreign writer for the crash tests.

    writer.py write  s3|catalog|postgres LOG    writes until SIGTERM; each acknowledged write is one synced line of LOG
    writer.py verify s3|catalog|postgres LOG    exits 1 and names what is missing, unless every line of LOG is there
"""
import os
import signal
import sys
import time
import uuid

mode, kind, log_path = sys.argv[1:4]
run_id = os.path.basename(log_path).replace(".log", "").replace("-", "_")
stopping = False


def stop(*_):
    global stopping
    stopping = True


signal.signal(signal.SIGTERM, stop)


class S3:
    bucket = "akko-shared"

    def __init__(self):
        import boto3
        from botocore.config import Config

        self.client = boto3.client("s3", config=Config(retries={"max_attempts": 1}, connect_timeout=2, read_timeout=5))

    def write(self, n):
        key = f"{run_id}/{n}"
        self.client.put_object(Bucket=self.bucket, Key=key, Body=key.encode() * 50)
        return key

    def missing(self, keys):
        lost = []
        for key in keys:
            try:
                body = self.client.get_object(Bucket=self.bucket, Key=key)["Body"].read()
                if body != key.encode() * 50:
                    lost.append(f"{key} (other bytes)")
            except self.client.exceptions.NoSuchKey:
                lost.append(key)
        return lost


class Catalog:
    """Commits a property to a table, as the engines' principal: an acknowledged commit must be in the table's metadata."""

    def __init__(self):
        import requests

        self.requests = requests
        self.base = os.environ["AKKO_CATALOG_URI"]
        self.prefix = os.environ["AKKO_CATALOG_WAREHOUSE"]
        self.token = None
        self.table = f"crash_{run_id[-12:]}"

    def call(self, method, path, **options):
        if self.token is None:
            client_id, secret = os.environ["AKKO_CATALOG_CREDENTIAL"].split(":", 1)
            answer = self.requests.post(
                f"{self.base}/v1/oauth/tokens",
                data={"grant_type": "client_credentials", "client_id": client_id, "client_secret": secret, "scope": "PRINCIPAL_ROLE:ALL"},
                timeout=5,
            )
            answer.raise_for_status()
            self.token = answer.json()["access_token"]
        return self.requests.request(
            method, f"{self.base}/v1/{self.prefix}{path}", headers={"Authorization": f"Bearer {self.token}"}, timeout=5, **options
        )

    def ensure_table(self):
        answer = self.call(
            "POST",
            "/namespaces/raw/tables",
            json={"name": self.table, "schema": {"type": "struct", "fields": [{"id": 1, "name": "n", "type": "long", "required": False}]}},
        )
        if answer.status_code not in (200, 409):
            answer.raise_for_status()

    def write(self, n):
        if n == 0:
            self.ensure_table()
        key = f"ack-{n}"
        answer = self.call(
            "POST", f"/namespaces/raw/tables/{self.table}", json={"requirements": [], "updates": [{"action": "set-properties", "updates": {key: "1"}}]}
        )
        answer.raise_for_status()
        return key

    def missing(self, keys):
        answer = self.call("GET", f"/namespaces/raw/tables/{self.table}")
        answer.raise_for_status()
        properties = answer.json()["metadata"]["properties"]
        return [key for key in keys if key not in properties]


class Postgres:
    def __init__(self):
        import psycopg

        self.psycopg = psycopg
        self.connection = None

    def connect(self):
        if self.connection is None or self.connection.closed:
            self.connection = self.psycopg.connect(os.environ["AKKO_PG_OWNER_URL"], autocommit=True, connect_timeout=3)
        return self.connection

    def write(self, n):
        try:
            connection = self.connect()
            if n == 0:
                connection.execute("CREATE TABLE IF NOT EXISTS crash_acks (key text PRIMARY KEY)")
            key = f"{run_id}-{n}"
            connection.execute("INSERT INTO crash_acks VALUES (%s) ON CONFLICT DO NOTHING", (key,))
            return key
        except self.psycopg.Error:
            self.connection = None
            raise

    def missing(self, keys):
        found = {row[0] for row in self.connect().execute("SELECT key FROM crash_acks")}
        return [key for key in keys if key not in found]


target = {"s3": S3, "catalog": Catalog, "postgres": Postgres}[kind]()

if mode == "write":
    number = 0
    with open(log_path, "a") as log:
        while not stopping:
            try:
                acknowledged = target.write(number)
            except Exception as error:  # the server is away: try the same write again
                print(f"{type(error).__name__}: {error}", file=sys.stderr, flush=True)
                time.sleep(0.1)
                continue
            log.write(f"{acknowledged}\n")
            log.flush()
            os.fsync(log.fileno())
            number += 1
            time.sleep(0.02)
else:
    with open(log_path) as log:
        acknowledged = [line.strip() for line in log if line.strip()]
    lost = target.missing(acknowledged)
    print(f"{kind}: {len(acknowledged)} acknowledged, {len(lost)} lost {lost[:5]}")
    sys.exit(1 if lost else 0)
