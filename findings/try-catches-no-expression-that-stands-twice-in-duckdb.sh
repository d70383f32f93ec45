#!/usr/bin/env bash
# DuckDB 1.5.5: TRY(e) is NULL where e raises, until a part of e stands in the SELECT list a second time, within the same TRY or in another
# one. The optimiser computes what stands twice once, in a projection below, where no TRY is around it: the statement fails with the very
# error that TRY was to catch. TRY(CAST(s AS INTEGER)) over 'x' is NULL; two columns with it, or TRY(CAST(s AS INTEGER) * CAST(s AS INTEGER)),
# fail. Without the optimiser's rule common_subexpressions all are NULL. TRY_CAST is not touched.
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
python3 -m venv v && v/bin/pip install --quiet duckdb==1.5.5
v/bin/python - <<'PY'
import duckdb

db = duckdb.connect()
print("DuckDB", duckdb.__version__)
db.execute("CREATE TABLE t AS SELECT * FROM (VALUES ('x'), ('1')) v(s)")

STATEMENTS = (
    "SELECT TRY(CAST(s AS INTEGER)) FROM t",
    "SELECT TRY(CAST(s AS INTEGER) * CAST(s AS INTEGER)) FROM t",
    "SELECT TRY(CAST(s AS INTEGER) + 1), TRY(CAST(s AS INTEGER) + 2) FROM t",
    "SELECT TRY_CAST(s AS INTEGER) * TRY_CAST(s AS INTEGER) FROM t",
)


def outcomes():
    def one(sql):
        try:
            return db.execute(sql).fetchall()
        except duckdb.Error as error:
            return type(error).__name__

    return [one(sql) for sql in STATEMENTS]


as_it_comes = outcomes()
db.execute("SET disabled_optimizers = 'common_subexpressions'")
without = outcomes()
for sql, first, second in zip(STATEMENTS, as_it_comes, without):
    print(sql, "\n  ", first, "\n   without common_subexpressions:", second)
assert duckdb.__version__ == "1.5.5"
product = [(None,), (1,)]
assert as_it_comes == [product, "ConversionException", "ConversionException", product], as_it_comes
assert without == [product, product, [(None, None), (2, 3)], product], without
PY
