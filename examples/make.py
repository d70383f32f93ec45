"""Makes the seed data of the examples and the golden answers of each persona: `python3 examples/make.py`.

Persons, numbers and places are made of syllables and counters; nobody is meant. The golden answers are computed here from the rows and from what
each house's rules say in words, not from its policy: who compares the platform's answers with them compares two independent readings.
"""

import hashlib
import json
from pathlib import Path

HERE = Path(__file__).parent
SYLLABLES = ["ba", "de", "ki", "lo", "mu", "na", "po", "ri", "sa", "tu", "ve", "zo"]


def name(i):
    part = lambda n: SYLLABLES[n % 12] + SYLLABLES[(n * 5 + 3) % 12]
    return f"{part(i).capitalize()} {part(i * 7 + 2).capitalize()}{SYLLABLES[(i * 11) % 12]}"


def literal(value):
    if isinstance(value, tuple):
        return f"DATE '{value[0]:04}-{value[1]:02}-{value[2]:02}'"
    return str(value) if isinstance(value, int) else "'" + value.replace("'", "''") + "'"


def text(value):
    return f"{value[0]:04}-{value[1]:02}-{value[2]:02}" if isinstance(value, tuple) else value


def seed(house, at, table, columns, rows):
    """One statement: a table by its full name, with columns `name type`, from rows."""
    values = ",\n".join("  (" + ", ".join(literal(v) for v in row) + ")" for row in rows)
    names = [c.split()[0] for c in columns]
    cast = ", ".join(f"CAST({n} AS {c.split(' ', 1)[1]}) AS {n}" for n, c in zip(names, columns))
    sql = f"CREATE TABLE IF NOT EXISTS {table} AS SELECT {cast} FROM (VALUES\n{values}\n) AS t({', '.join(names)})\n"
    (HERE / house / "seed" / f"{at}-{table}.sql").write_text(sql)


def golden(house, personas):
    """Of each persona its roles, and of each table the columns and rows that it sees, in the order of the first column; None where it is refused."""
    shown = {
        who: {"roles": roles, "tables": {t: rows and [[text(v) for v in row] for row in rows] for t, rows in tables.items()}}
        for who, (roles, tables) in personas.items()
    }
    lines = [f" {json.dumps(who)}: {{\"roles\": {json.dumps(p['roles'])}, \"tables\": {{" + ",".join(f"\n  {json.dumps(t)}: " + ("null" if rows is None else "[" + ",".join("\n   " + json.dumps(r) for r in rows) + "]") for t, rows in p["tables"].items()) + "}}" for who, p in shown.items()]
    (HERE / house / "golden.json").write_text("{\n" + ",\n".join(lines) + "\n}\n")


def bank():
    branches = ["north", "south", "harbour"]
    customers = [
        (100 + i, branches[i % 3], name(i), f"{name(i).split()[1].lower()}{i}@bank.example", 20 + (i * 37) % 900)
        for i in range(12)
    ]
    cards = [(7000 + i, 100 + i, branches[i % 3], f"9999 {1000 + i * 613 % 9000} {2000 + i * 331 % 8000} {3000 + i * 97 % 7000}") for i in range(12)]
    ccols = ["customer_id integer", "branch varchar", "full_name varchar", "email varchar", "balance integer"]
    kcols = ["card_id integer", "customer_id integer", "branch varchar", "card_number varchar"]
    (HERE / "bank" / "seed" / "0-schema.sql").write_text("CREATE SCHEMA IF NOT EXISTS iceberg.bank\n")
    for place, at in (("iceberg.bank.", 1), ("banking.public.branch_", 2)):
        seed("bank", at, place + "customers", ccols, customers)
        seed("bank", at, place + "cards", kcols, cards)
    desks = [(b, f"{b.capitalize()} Street {n}") for n, b in enumerate(branches, 1)]
    seed("bank", 3, "iceberg.bank.branches", ["branch varchar", "address varchar"], desks)

    def sees(of, name_clear, number_clear):
        shown = [(i, b, n if name_clear else n[0] + "***", e if name_clear else "***@" + e.split("@")[1], a) for i, b, n, e, a in customers if b in of]
        numbers = [(i, c, b, k if number_clear else "**** " + k[-4:]) for i, c, b, k in cards if b in of]
        return {
            "iceberg.bank.customers": shown,
            "banking.public.branch_customers": shown,
            "iceberg.bank.cards": numbers,
            "banking.public.branch_cards": numbers,
            "iceberg.bank.branches": sorted(desks),
        }

    nothing = {t: None for t in sees([], True, False)}
    golden(
        "bank",
        {
            "north": (["branch-north"], sees(["north"], True, False)),
            "south": (["branch-south"], sees(["south"], True, False)),
            "two-branches": (["branch-north", "branch-south"], sees(["north", "south"], True, False)),
            "fraud-desk": (["branch-north", "card-numbers"], sees(["north"], True, True)),
            "second-key-alone": (["card-numbers"], {**nothing, "iceberg.bank.cards": [], "banking.public.branch_cards": []}),
            "auditor": (["auditor"], sees(branches, False, False)),
            "visitor": (["visitor"], nothing | {"iceberg.bank.branches": sorted(desks)}),
        },
    )


def hospital():
    wards = ["A", "B", "C"]
    ills = ["asthma", "fracture", "migraine", "anaemia"]
    patients = [
        (i + 1, name(40 + i), f"9{i:02}-{10 + i}-{4000 + i * 71}", (1930 + i * 7 % 80, 1 + i % 12, 1 + i * 3 % 28), f"M{500000 + i * 7919}", wards[i % 3], ills[i % 4])
        for i in range(12)
    ]
    columns = ["patient_id integer", "full_name varchar", "ssn varchar", "dob date", "mrn varchar", "ward varchar", "diagnosis varchar"]
    stays = [(900 + i, patients[i % 12][4], wards[i % 3], 1 + i * 5 % 9) for i in range(16)]
    scols = ["stay_id integer", "mrn varchar", "ward varchar", "nights integer"]
    (HERE / "hospital" / "seed" / "0-schema.sql").write_text("CREATE SCHEMA IF NOT EXISTS iceberg.healthcare\n")
    seed("hospital", 1, "iceberg.healthcare.patients", columns, patients)
    seed("hospital", 1, "healthcare.public.patients", columns, patients)
    seed("hospital", 2, "iceberg.healthcare.stays", scols, stays)
    seed("hospital", 2, "healthcare.public.stays", scols, stays)

    pseudonym = lambda mrn: hashlib.sha256(f"examples-hospital:{mrn}".encode()).hexdigest().upper()[:16]
    both = lambda patients, stays: {
        "iceberg.healthcare.patients": patients,
        "healthcare.public.patients": patients,
        "iceberg.healthcare.stays": stays,
        "healthcare.public.stays": stays,
    }
    team = lambda of: both([p for p in patients if p[5] in of], [s for s in stays if s[2] in of])
    research = both(
        [((d[0], 1, 1), pseudonym(m), w, ill) for _, _, _, d, m, w, ill in patients],
        [(i, pseudonym(m), w, n) for i, m, w, n in stays],
    )
    billing = both([(i, n, "***-**-" + s[-4:], w) for i, n, s, _, _, w, _ in patients], None)
    golden(
        "hospital",
        {
            "team-a": (["team-a"], team("A")),
            "team-a-and-b": (["team-a", "team-b"], team("AB")),
            "head": (["physician-in-chief"], team("ABC")),
            "researcher": (["research"], research),
            "billing": (["billing"], billing),
            "visitor": (["visitor"], both(None, None)),
        },
    )


bank()
hospital()
