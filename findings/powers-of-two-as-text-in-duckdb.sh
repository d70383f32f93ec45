#!/usr/bin/env bash
# DuckDB 1.5.5: of the 2,098 powers of two that a double holds, three become another number when they become text, and with that in CSV:
# 2^81 and 2^91 are written as twice their value, which reads back as the next power of two; 2^807 is written with a letter for its first
# digit and reads back as nothing. Neither a cast nor COPY says so. Of 200,000 doubles drawn from all bits, each comes back as it was, and
# so do the three in Parquet and as JSON numbers: who writes doubles as CSV has to compare what was written.
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
python3 -m venv v && v/bin/pip install --quiet duckdb==1.5.5
v/bin/python - <<'PY'
import random, struct
import duckdb

db = duckdb.connect()
version = duckdb.__version__
lost = db.execute(
    "SELECT e, x::VARCHAR FROM (SELECT e, pow(2::DOUBLE, e) AS x FROM range(-1074, 1024) t(e)) "
    "WHERE TRY_CAST(x::VARCHAR AS DOUBLE) IS DISTINCT FROM x ORDER BY e"
).fetchall()
print(version, "powers of two whose text is another number:", lost)

random.seed(1)
drawn = [struct.unpack("<d", struct.pack("<Q", random.getrandbits(63)))[0] for _ in range(201_000)]
drawn = [x for x in drawn if x == x and x != float("inf")][:200_000]
db.execute("CREATE TABLE drawn AS SELECT unnest(?::DOUBLE[]) AS x", [drawn])
others = db.execute("SELECT count(*) FILTER (TRY_CAST(x::VARCHAR AS DOUBLE) IS DISTINCT FROM x) FROM drawn").fetchone()[0]
print("of", len(drawn), "drawn doubles:", others)

three = "SELECT unnest([pow(2::DOUBLE, 81), pow(2::DOUBLE, 91), pow(2::DOUBLE, 807)]) AS x"
db.execute(f"COPY ({three}) TO 'three.csv'")
db.execute(f"COPY ({three}) TO 'three.parquet'")
csv = open("three.csv").read().split()
print("CSV:", csv)
back = [x for (x,) in db.execute("FROM read_csv('three.csv', header = true, nullstr = '', ignore_errors = true, columns = {x: 'DOUBLE'})").fetchall()]
print("CSV read back:", back, "instead of", [2.0**81, 2.0**91, 2.0**807])
parquet = [x for (x,) in db.execute("FROM 'three.parquet'").fetchall()]
json = db.execute("SELECT to_json(pow(2::DOUBLE, 81))::VARCHAR").fetchone()[0]
print("Parquet read back:", parquet, "JSON of the first:", json)

assert version == "1.5.5"
assert [e for e, _ in lost] == [81, 91, 807], lost
assert len(drawn) == 200_000 and others == 0
assert csv == ["x", *(text for _, text in lost)]
assert back == [2.0**82, 2.0**92], back
assert lost[2][1].startswith("A."), lost
assert parquet == [2.0**81, 2.0**91, 2.0**807] and float(json) == 2.0**81
PY
