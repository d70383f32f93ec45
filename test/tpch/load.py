# Parquet files as Iceberg tables of the catalogue in the environment: load.py FOLDER NAMESPACE TABLE...
import sys
from pathlib import Path

import pyarrow.parquet as parquet
from pyiceberg.catalog import load_catalog

folder, namespace, *tables = sys.argv[1:]
catalog = load_catalog("default")
catalog.create_namespace_if_not_exists(namespace)
for name in tables:
    rows = parquet.read_table(Path(folder) / f"{name}.parquet")
    catalog.create_table(f"{namespace}.{name}", rows.schema).append(rows)
