"""Which of our columns a file's columns sound like, and so which table it feeds."""

from __future__ import annotations

from collections import Counter

from leadscore.canonical import TABLES
from leadscore.errors import LeadscoreError
from leadscore.source_check.event_types import find_types, type_of_name
from leadscore.source_check.sample import Sample
from leadscore.source_check.words import (
    ANY_ID,
    COLUMNS,
    EVENT_TYPES,
    FILES,
    PREFIXES,
    plain,
)
from leadscore.source_check.write import SNAPSHOTS

FAR_TOO_MANY = 0.2  # the share of rows that may repeat the key of another one
# What tells of a record itself, besides its id.
OWN_COLUMNS = {
    "crm_leads": {"email", "first_name", "last_name"},
    "crm_accounts": {"name", "domain", "industry"},
    "crm_opportunities": {"amount", "is_won", "closed_at"},
}
ENOUGH_KNOWN = 0.2  # the share of rows whose type tells what events they are
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
    possible = [t for t in TABLES if source in (None, TABLES[t].source)]
    kind = _told_by_types(sample, [t for t in possible if t in EVENT_TYPES], named)
    points: dict[str, tuple[int, bool]] = {}
    repeated: dict[str, str] = {}
    for table in possible:
        found = match_columns(sample.names, table)
        is_told = table == kind
        if names_only(sample, table, found):
            repeated[found[TABLES[table].key]] = table
        elif _has_needed(table, found, is_told):
            is_named = table in named
            if is_named or not _is_of_others(sample, table, found):
                points[table] = _points(table, found, is_named, is_told), is_named
    best = max(points, key=lambda table: points[table], default="")
    most = points.get(best, (0, False))
    if most[0] < ENOUGH or list(points.values()).count(most) > 1:
        if repeated:
            raise LeadscoreError(f"{sample.path}: {_joins(sample, list(repeated))}")
        raise LeadscoreError(
            f"{sample.path}: the columns ({_shortened(sample.names)}) do not tell what "
            f"its rows are: add --table crm_leads if each is a person, crm_accounts if "
            f"a company, crm_opportunities if a deal, crm_activities, email_events or "
            f"web_events if something done"
        )
    return best


def named_tables(sample: Sample) -> set[str]:
    """Return the tables that a file's name speaks of."""
    name = plain(sample.path.name)
    return {
        table for table in TABLES if any(word in name for word in FILES[table].split())
    }


def _told_by_types(sample: Sample, tables: list[str], named: set[str]) -> str | None:
    """Return the table that knows best what kind of event each row is, if one does."""
    shares = {}
    for table in tables:
        column, share = find_types(sample, table)
        is_named = column is None and not named & {*SNAPSHOTS}
        shares[table] = float(is_named and bool(type_of_name(sample, table))) or share
    best = max(tables, key=lambda table: shares[table], default="")
    return best if shares.get(best, 0) >= ENOUGH_KNOWN else None


def _points(table: str, found: dict[str, str], is_named: bool, is_told: bool) -> int:
    in_use = Counter(name for columns in TABLES.values() for name in columns.columns)
    if not (is_named or is_told or any(in_use[column] == 1 for column in found)):
        return 0
    points = sum(2 if in_use[column] == 1 else 1 for column in found)
    return points + 3 * is_named + 2 * ENOUGH * is_told


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
        f"of them: the file joins records to others. If these are opportunities and "
        f"their leads, map it as sources/crm/generic.yml does opportunity_leads*; else "
        f"put the other's id into the file of the records themselves, and this one "
        f"under `skip:` of its map; or, if each row is something that a lead did, add "
        f"--table crm_activities"
    )


def _is_of_others(sample: Sample, table: str, found: dict[str, str]) -> bool:
    """Say whether rows that sound like those of a table are rather something else.

    Campaigns have titles and a status as well, and what tells of people may tell of
    their companies.
    """
    people = match_columns(sample.names, "crm_leads")
    if table == "crm_accounts" and {"first_name", "last_name", "job_title"} & {*people}:
        return True
    key = plain(found.get(TABLES[table].key, ""))
    has_own_id = bool(key) and key not in ANY_ID.split()
    own = OWN_COLUMNS.get(table)
    return own is not None and not (has_own_id or own & set(found))


def _has_needed(table: str, found: dict[str, str], is_told: bool) -> bool:
    """Say whether a file has what one of such rows has, whatever else it lacks."""
    columns = TABLES[table]
    if "occurred_at" in columns.required and "occurred_at" not in found:
        return False
    if table == "feedback":
        return {"verdict", "given_at"} <= {*found}
    if table not in ("email_events", "web_events"):
        return True
    return columns.key in found or (is_told and bool({*columns.subjects} & {*found}))


def _without(name: str, prefixes: tuple[str, ...]) -> str:
    for prefix in prefixes:
        if name.startswith(prefix) and name != prefix:
            return name.removeprefix(prefix)
    return name


def _shortened(names: list[str]) -> str:
    return ", ".join(names[:6]) + (", ..." if len(names) > 6 else "")
