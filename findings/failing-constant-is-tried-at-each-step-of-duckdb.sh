#!/usr/bin/env bash
# DuckDB 1.5.5: a call of a function of one's own (Python's create_function, no side effects declared) with constants alone is folded while
# the statement is planned, once where it answers. Where it raises, the optimiser swallows that, leaves the call as it is, and every later
# step that meets it tries again: a condition beside a table makes seven calls in planning and an eighth that is told. EXPLAIN alone, and a
# table without rows, make the seven and tell nothing. Who bounds a function by refusing pays its bound eight times, and so does who calls a
# service from one. With side_effects=True none is made in planning.
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
python3 -m venv v && v/bin/pip install --quiet duckdb==1.5.5 numpy==2.3.5
v/bin/python - <<'PY'
import duckdb

db = duckdb.connect()
print("DuckDB", duckdb.__version__)
calls = []


def refuse(text):
    calls.append(text)
    raise ValueError("refused")


def accept(text):
    calls.append(text)
    return True


db.create_function("refuse", refuse, ["VARCHAR"], "BOOLEAN")
db.create_function("accept", accept, ["VARCHAR"], "BOOLEAN")
db.create_function("refuse_aloud", refuse, ["VARCHAR"], "BOOLEAN", side_effects=True)
db.execute("CREATE TABLE ten AS SELECT range AS x FROM range(10)")
db.execute("CREATE TABLE none AS SELECT 1 AS x LIMIT 0")


def count(sql):
    calls.clear()
    try:
        db.execute(sql).fetchall()
        told = "nothing"
    except Exception as error:
        told = type(error).__name__
    print(f"{len(calls)} calls, told {told}: {sql}")
    return len(calls), told


seen = {
    sql: count(sql)
    for sql in (
        "SELECT refuse('a')",
        "SELECT count(*) FROM ten WHERE refuse('a')",
        "SELECT count(*) FROM ten WHERE refuse('a') AND x > 3",
        "SELECT count(*) FROM none WHERE refuse('a')",
        "EXPLAIN SELECT count(*) FROM ten WHERE refuse('a')",
        "SELECT count(*) FROM ten WHERE accept('a')",
        "EXPLAIN SELECT count(*) FROM ten WHERE refuse_aloud('a')",
    )
}
assert duckdb.__version__ == "1.5.5"
raised = "InvalidInputException"
expected = [(2, raised), (8, raised), (7, raised), (7, "nothing"), (7, "nothing"), (1, "nothing"), (0, "nothing")]
assert list(seen.values()) == expected, seen
PY
