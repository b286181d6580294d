"""Runs the real scoring models on rows that a test brings, in its own warehouse."""

import csv
from collections import defaultdict
from collections.abc import Iterable
from datetime import date
from pathlib import Path

import duckdb
import yaml
from oracle import Row

from leadscore import runs
from leadscore.dbt_runner import run_dbt
from leadscore.settings import DBT_PROJECT, Settings
from leadscore.warehouse import connect

# The tables that the scoring layer reads, beside the rule files.
FACTS = {
    "int_scored_days": {"as_of_date": "date"},
    "int_lead_spans": {
        "lead_id": "varchar",
        "valid_from": "date",
        "valid_to": "date",
        "lead_valid_from": "date",
    },
    # Nobody has traits: every signal of a case is an attribute, which counts alike.
    "int_lead_traits": {
        "span_id": "integer",
        "lead_id": "varchar",
        "valid_from": "date",
        "valid_to": "date",
        "account_id": "varchar",
        "owner_id": "varchar",
        "created_at": "timestamp",
        "attributes_backdated": "boolean",
        "last_activity_at": "timestamp",
        "last_touched_at": "timestamp",
        "seniority": "varchar",
    },
    "int_lead_attributes": {
        "lead_id": "varchar",
        "valid_from": "date",
        "signal": "varchar",
        "value_text": "varchar",
        "value_number": "decimal(20, 4)",
    },
    "int_lead_activity_days": {
        "lead_id": "varchar",
        "valid_from": "date",
        "valid_to": "date",
        "activity": "varchar",
        "topic": "varchar",
        "is_engagement": "boolean",
        "activity_date": "date",
        "event_count": "bigint",
        "first_at": "timestamp",
        "last_at": "timestamp",
    },
    "int_lead_adjustments": {
        "lead_id": "varchar",
        "ruleset": "varchar",
        "adjustment_id": "varchar",
        "points": "decimal(12, 4)",
        "reason": "varchar",
        "valid_from": "date",
        "valid_to": "date",
    },
}
# What the intermediate layer makes of them.
NUMBERED = """
    create or replace table intermediate.int_lead_spans as
    select *, row_number() over () as span_id from intermediate.int_lead_spans;

    create or replace table intermediate.int_lead_attributes as
    select
        spans.span_id, signals.signal, nullif(signals.value_text, '(missing)') as value
    from intermediate.int_lead_attributes as signals
    inner join intermediate.int_lead_spans as spans using (lead_id, valid_from)
"""
MODELS = (
    *("int_lead_rulesets", "int_lead_signals", "int_signal_values"),
    *("path:models/scoring", "lead_reasons"),
)
RULE_FILES = {
    path.stem: yaml.safe_load(path.read_text())["seeds"][0]["config"]["column_types"]
    for path in sorted((DBT_PROJECT / "seeds" / "rules").glob("*.yml"))
}


class Scored:
    """What the scoring models made of a warehouse, by (lead_id, day, ruleset)."""

    def __init__(self, warehouse: Path) -> None:
        with duckdb.connect(str(warehouse), read_only=True) as connection:
            self.results = {
                (row["lead_id"], row["valid_from"], row["ruleset"]): row
                for row in rows_of(
                    connection, "select * exclude (span_id) from scoring.lead_results"
                )
            }
            self.factors: dict[tuple, list[Row]] = defaultdict(list)
            query = """
                select
                    factors.* exclude (span_id, rule_key), spans.lead_id,
                    spans.valid_from, rules.rule_id
                from (
                    from scoring.factors union all by name from scoring.cap_factors
                ) as factors
                inner join scoring.priced_rules as rules using (rule_key)
                inner join intermediate.int_lead_spans as spans using (span_id)
            """
            for row in rows_of(connection, query):
                key = (row["lead_id"], row["valid_from"], row["ruleset"])
                self.factors[key].append(row)


def run_scoring(
    folder: Path,
    facts: dict[str, list[Row]],
    rules: dict,
    day: date | None = None,
    *,
    anew: bool = True,
) -> Scored:
    """Score the facts under the rules with one dbt run.

    Args:
        folder: Where the warehouse and dbt's files go; runs that share it are faster.
        facts: The rows of each table in FACTS.
        rules: The rows of each rule file, or of some.
        day: The day that is scored, for models that ask for it.
        anew: Whether to forget what earlier runs left in the warehouse.
    """
    settings = Settings(data=folder)
    if anew:
        settings.warehouse.unlink(missing_ok=True)
    if day:
        facts = {**facts, "int_scored_days": [{"as_of_date": day}]}
    rules = {"manual_adjustments": manual_adjustments_of(facts), **rules}
    day = day or date(1970, 1, 1)
    with connect(settings) as connection:
        compared = runs.compared_date(runs.kept_days(connection), day, day)
        run = runs.Run(
            *(day, day, "none", "new_business", "", True, "UTC", "seeds", ""), compared
        )
        connection.execute("delete from raw.run")
        connection.execute(
            f"insert into raw.run values ({', '.join('?' * len(vars(run)))})",
            list(vars(run).values()),
        )
        for schema, tables, rows in (
            ("intermediate", FACTS, facts),
            ("rules", RULE_FILES, rules),
        ):
            connection.execute(f"create schema if not exists {schema}")
            for table, columns in tables.items():
                file = write_csv(folder / "rows.csv", columns, rows.get(table, []))
                connection.execute(
                    f"create or replace table {schema}.{table} as "
                    "from read_csv(?, header = true, columns = ?, nullstr = '')",
                    [str(file), columns],
                )
        connection.execute(NUMBERED)
        connection.execute("create schema if not exists mappings")
        for name in ("signals", "activities", "value_names"):
            connection.execute(
                f"create or replace table mappings.{name} as from read_csv(?)",
                [str(DBT_PROJECT / "seeds" / "mappings" / f"{name}.csv")],
            )
    run_dbt(
        settings,
        DBT_PROJECT / "seeds",
        ["run", "--select", *MODELS, "--exclude", "path:models/scoring/accounts"],
    )
    return Scored(settings.warehouse)


def manual_adjustments_of(facts: dict[str, list[Row]]) -> list[Row]:
    """Return the rows of the rule file that the adjustments of leads come from."""
    names = ("ruleset", "adjustment_id", "lead_id", "points", "reason")
    rows = facts.get("int_lead_adjustments", [])
    return [{name: row[name] for name in names} for row in rows]


def write_csv(path: Path, columns: Iterable[str], rows: Iterable[Row]) -> Path:
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, list(columns))
        writer.writeheader()
        writer.writerows(rows)
    return path


def rows_of(connection: duckdb.DuckDBPyConnection, query: str) -> list[Row]:
    cursor = connection.execute(query)
    names = [column[0] for column in cursor.description]
    return [dict(zip(names, values, strict=True)) for values in cursor.fetchall()]
