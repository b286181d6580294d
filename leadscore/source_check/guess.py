"""Which of our columns a file's columns sound like, and so which table it feeds."""

from __future__ import annotations

from collections import Counter

from leadscore.canonical import TABLES, Table
from leadscore.errors import LeadscoreError
from leadscore.source_check.event_types import find_types, type_of_name
from leadscore.source_check.sample import Sample
from leadscore.source_check.words import COLUMNS, EVENT_TYPES, FILES, PREFIXES, plain
from leadscore.source_check.write import SNAPSHOTS

FAR_TOO_MANY = 0.2  # the share of rows that may repeat the key of another one
# What a file tells of the records themselves, besides their ids; one of these at least.
OWN_COLUMNS = {
    "crm_leads": {
        *("email", "first_name", "last_name", "job_title", "phone", "company_name")
    },
    "crm_accounts": {"name", "domain", "industry"},
    "crm_opportunities": {"amount", "stage", "is_won"},
}
MOST = 0.5  # the share of rows whose type tells what events they are
ENOUGH = 4  # points below which a table is no guess but a bet


def match_columns(names: list[str], table: str) -> dict[str, str]:
    """Return our columns of a table with the columns of a file that sound like them."""
    found: dict[str, str] = {}
    for prefixes in ((), PREFIXES):
        spelled: dict[str, str] = {}
        for name in names:
            if name not in found.values():
                spelled.setdefault(_without(plain(name), prefixes), name)
        for column, known in COLUMNS[table].items():
            word = next((word for word in known.split() if word in spelled), None)
            if column not in found and word:
                found[column] = spelled.pop(word)
    return found


def guess_table(sample: Sample, source: str | None) -> str:
    """Return the raw table that a file's columns and its name sound like.

    Raises:
        LeadscoreError: If none does, or two do alike.
    """
    named = named_tables(sample)
    points = {}
    repeated = {}
    for table, columns in TABLES.items():
        found = match_columns(sample.names, table)
        if names_only(sample, table, found):
            repeated[found[columns.key]] = table
        lacks = any(need not in found for need in _must_be_found(table, columns))
        is_elsewhere = source is not None and source != columns.source
        is_out = lacks or is_elsewhere or table in repeated.values()
        points[table] = 0 if is_out else _points(sample, table, found, named)
    best, second = sorted(points, key=lambda table: -points[table])[:2]
    if points[best] < ENOUGH or points[best] == points[second]:
        if repeated:
            raise LeadscoreError(f"{sample.path}: {_joins(sample, list(repeated))}")
        raise LeadscoreError(
            f"{sample.path}: the columns ({_shortened(sample.names)}) do not tell what "
            f"its rows are: add --table and one of {', '.join(TABLES)}"
        )
    return best


def named_tables(sample: Sample) -> set[str]:
    """Return the tables that a file's name speaks of."""
    name = plain(sample.path.name)
    return {
        table for table in TABLES if any(word in name for word in FILES[table].split())
    }


def _points(sample: Sample, table: str, found: dict[str, str], named: set[str]) -> int:
    in_use = Counter(name for columns in TABLES.values() for name in columns.columns)
    points = sum(2 if in_use[column] == 1 else 1 for column in found)
    is_like_no_other = table in named or any(in_use[column] == 1 for column in found)
    if table in EVENT_TYPES:
        column, share = find_types(sample, table)
        is_told = share > MOST or bool(
            not column and type_of_name(sample, table) and not named & {*SNAPSHOTS}
        )
        is_like_no_other = is_like_no_other or is_told
        points += 2 * ENOUGH * is_told
    return points + 3 * (table in named) if is_like_no_other else 0


def names_only(sample: Sample, table: str, found: dict[str, str]) -> bool:
    """Say whether rows name records of a table again and again, and tell nothing else.

    Such a file joins them to something: opportunities to contacts, leads to campaigns.
    """
    own = OWN_COLUMNS.get(table)
    key = found.get(TABLES[table].key)
    if not own or not key or own & set(found):
        return False
    return repeated_share(sample, key) > FAR_TOO_MANY


def repeated_share(sample: Sample, name: str) -> float:
    """Return the share of a column's known values that an earlier row has."""
    told = sample.values(name)
    return 1 - len(set(told)) / len(told) if told else 0


def _joins(sample: Sample, names: list[str]) -> str:
    counts = " and ".join(
        f"{name} names {len(set(sample.values(name))):,}" for name in names
    )
    return (
        f"{counts} in {len(sample.rows):,} rows{sample.seen}, and nothing else is told "
        f"of them: the file joins records to others. Put the other's id into the file "
        f"of the records themselves; or, if each row is something that a lead did, add "
        f"--table crm_activities"
    )


def _must_be_found(table: str, columns: Table) -> list[str]:
    """Return what a file of such rows has, whatever else it lacks."""
    if table == "web_events":
        return ["visitor_id", "occurred_at"]
    if table == "email_events":
        return ["email", "occurred_at"]
    return [name for name in columns.required if name == "occurred_at"]


def _without(name: str, prefixes: tuple[str, ...]) -> str:
    for prefix in prefixes:
        if name.startswith(prefix) and name != prefix:
            return name.removeprefix(prefix)
    return name


def _shortened(names: list[str]) -> str:
    return ", ".join(names[:6]) + (", ..." if len(names) > 6 else "")
