"""pyiceberg against the platform's catalogue, configured by `akko env` alone."""
import json
import sys
from datetime import date
from decimal import Decimal

import pyarrow as pa
from pyiceberg.catalog import load_catalog
from pyiceberg.exceptions import CommitFailedException, ForbiddenError

action, name = sys.argv[1:3]
catalog = load_catalog("default")


def out(value):
    print(json.dumps(value, default=str))


if action == "create":
    rows = pa.table(
        {
            "id": pa.array(range(1000), pa.int64()),
            "name": pa.array([f"n{i}" for i in range(1000)], pa.string()),
            "day": pa.array([date(2026, 3, 1 + i % 31) for i in range(1000)], pa.date32()),
            "amount": pa.array([Decimal("6.24375")] * 1000, pa.decimal128(12, 5)),
        }
    )
    table = catalog.create_table(name, schema=rows.schema)
    table.append(rows)
    out({"rows": table.scan().to_arrow().num_rows})
elif action == "read":
    table = catalog.load_table(name)
    rows = table.scan().to_arrow()
    total = sum(rows["amount"].to_pylist())
    last = max(rows.sort_by("transaction_id")["booked_at"].to_pylist()[-1:])
    out({"rows": rows.num_rows, "total": str(total), "last": last.isoformat(), "vended": "s3.session-token" in table.io.properties})
elif action == "partitions":
    table = catalog.load_table(name)
    month = "booked_at >= '2026-05-01T00:00:00' and booked_at < '2026-06-01T00:00:00'"
    out(
        {
            "all": table.scan(selected_fields=("transaction_id",)).to_arrow().num_rows,
            "files": len(list(table.scan().plan_files())),
            "march_files": len(list(table.scan(row_filter=month).plan_files())),
            "month": table.scan(row_filter=month, selected_fields=("booked_at",)).to_arrow().num_rows,
        }
    )
elif action == "stale":
    rows = pa.table({"id": pa.array([1], pa.int64())})
    catalog.create_table(name, schema=rows.schema, properties={"commit.retry.num-retries": "0"}).append(rows)
    first, second = catalog.load_table(name), catalog.load_table(name)
    first.append(rows)
    error = None
    try:
        with second.transaction() as transaction:
            transaction.overwrite(rows)
    except CommitFailedException as failure:
        error = type(failure).__name__
    out({"error": error, "rows": catalog.load_table(name).scan().to_arrow().num_rows})
elif action == "refused":
    try:
        catalog.load_table(name).scan().to_arrow()
        out({"error": None, "message": ""})
    except ForbiddenError as failure:
        out({"error": type(failure).__name__, "message": str(failure)})
