# TPC-H's tables by DuckDB's dbgen, as Parquet, and its 22 queries: generate.py FOLDER SCALE
import json
import sys
from pathlib import Path

import duckdb
import duckdb_extension_tpch

folder, scale = Path(sys.argv[1]), float(sys.argv[2])
extension = next(Path(duckdb_extension_tpch.__file__).parent.rglob("tpch.duckdb_extension*"))
db = duckdb.connect()
db.execute(f"LOAD '{extension}'")
db.execute(f"CALL dbgen(sf={scale})")
tables = [name for (name,) in db.execute("SHOW TABLES").fetchall()]
for name in tables:
    db.execute(f"COPY {name} TO '{folder}/{name}.parquet' (FORMAT parquet, COMPRESSION zstd)")
queries = [text for _, text in db.execute("FROM tpch_queries() ORDER BY 1").fetchall()]
print(json.dumps({"tables": tables, "queries": queries}))
