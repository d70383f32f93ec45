"""SQLAlchemy's ORM and pandas over Trino's dialect, configured by `akko env` alone. Prints what each step found."""
import datetime
import decimal
import json
import os
import warnings
from urllib.parse import urlparse

import pandas
import sqlalchemy as sa
from sqlalchemy.orm import DeclarativeBase, Session
from trino.auth import JWTAuthentication

warnings.simplefilter("ignore", sa.exc.SAWarning)  # Trino has no primary keys, and tells partitions as an index
url = urlparse(os.environ["AKKO_SQL_URL"])
engine = sa.create_engine(
    f"trino://{url.hostname}:{url.port}/iceberg",
    connect_args={
        "user": os.environ["AKKO_SQL_USER"],
        "auth": JWTAuthentication(os.environ["AKKO_SQL_TOKEN"]),
        "http_scheme": url.scheme,
        "verify": os.environ["AKKO_CA_FILE"],
    },
)
SCHEMA = "of_sqlalchemy"


class Base(DeclarativeBase):
    pass


class Person(Base):
    __tablename__ = "people"
    __table_args__ = {"schema": SCHEMA}
    id = sa.Column(sa.BigInteger, primary_key=True)
    name = sa.Column(sa.String)
    amount = sa.Column(sa.Numeric(12, 2))
    at = sa.Column(sa.DateTime)
    day = sa.Column(sa.Date)


found = {}
inspector = sa.inspect(engine)
found["tables"] = inspector.get_table_names("banking")
found["columns"] = [[c["name"], str(c["type"])] for c in inspector.get_columns("customers", "banking")]
found["there"] = [inspector.has_table("customers", "banking"), inspector.has_table("nowhere", "banking")]

with engine.connect() as connection:
    connection.execute(sa.text(f"CREATE SCHEMA IF NOT EXISTS {SCHEMA}"))
Base.metadata.drop_all(engine)
Base.metadata.create_all(engine)
with Session(engine) as session:
    at, day = datetime.datetime(2024, 1, 2, 3, 4, 5, 678900), datetime.date(2024, 2, 29)
    session.add_all([Person(id=1, name="o'ana", amount=decimal.Decimal("12.34"), at=at, day=day), Person(id=2, name="bob")])
    session.commit()
with Session(engine) as session:
    found["people"] = [[p.id, p.name, p.amount, p.at, p.day] for p in session.scalars(sa.select(Person).order_by(Person.id))]
    session.get(Person, 2).name = "bobby"
    session.delete(session.get(Person, 1))
    session.commit()
    found["left"] = [list(row) for row in session.execute(sa.select(sa.func.count(), sa.func.max(Person.name)))]

frame = pandas.DataFrame({"id": [1, 2, 3], "x": [1.5, None, 2.25], "name": ["a", "o'b", None], "flag": [True, False, True]})
frame.to_sql("frame", engine, schema=SCHEMA, if_exists="replace", index=False, method="multi")
frame.to_sql("frame", engine, schema=SCHEMA, if_exists="append", index=False)
back = pandas.read_sql(f"SELECT id, x, name, flag FROM {SCHEMA}.frame ORDER BY id, name", engine)
found["frame"] = [[None if pandas.isna(value) else value for value in row] for row in back.astype(object).values.tolist()]
found["asked"] = pandas.read_sql(sa.text(f"SELECT count(*) AS c FROM {SCHEMA}.frame WHERE x > :least"), engine, params={"least": 2}).values.tolist()
found["whole"] = len(pandas.read_sql_table("frame", engine, schema=SCHEMA))

Base.metadata.drop_all(engine)
with engine.connect() as connection:
    connection.execute(sa.text(f"DROP TABLE {SCHEMA}.frame"))
    connection.execute(sa.text(f"DROP SCHEMA {SCHEMA}"))
print(json.dumps(found, default=str))
