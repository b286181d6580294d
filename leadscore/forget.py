"""Erase people for good: who they are, what of them is in the warehouse, where else.

First the hashes of a person's identifiers are remembered, then everything they match is
erased: so every step may be repeated, and a call that was killed is made good by the
next one.
"""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path

import duckdb
from rich.console import Console

from leadscore import erasure, ingest
from leadscore.action.lock import alone
from leadscore.canonical import TABLES
from leadscore.errors import LeadscoreError, counted
from leadscore.extracts import find_extracts
from leadscore.loading import forgotten
from leadscore.loading.file_loader import rows_of_forgotten
from leadscore.loading.file_reader import FileRefused
from leadscore.loading.row_sql import literal, one_number
from leadscore.models import (
    IDENTITY_MEMBERS,
    IDENTITY_REFUSALS,
    KEPT_COUNTS,
    KEPT_FACTORS,
    KEPT_RULES,
    LEAD_SCORE_HISTORY,
    LEAD_SCORE_SUMMARY,
    MAILBOXES,
)
from leadscore.publish import sync
from leadscore.settings import DBT_PROJECT, SOURCES, Settings
from leadscore.source_maps import find_map, load_maps
from leadscore.warehouse import connect

# All that is derived is dropped, for the next run builds it anew. But two things stay,
# without those who are forgotten: who is who, which the next call needs, and the day
# scored before, with which the next is compared, and which nothing else remembers.
WHO_IS_WHO = (IDENTITY_MEMBERS, MAILBOXES, IDENTITY_REFUSALS)
DAY_BEFORE = (KEPT_RULES, KEPT_FACTORS, KEPT_COUNTS)
KEPT = (*WHO_IS_WHO, *DAY_BEFORE)

# Who is who today: a mailbox stands for each of its addresses, and one that is refused
# is nobody's. Deleted records are in it too, other than in int_lead_members.
KNOWN = f"""
    with nodes as (
        select person, null as limit_name, node
        from {IDENTITY_MEMBERS}
        where valid_to = date '9999-12-31'
        union all
        select null, limit_name, node
        from {IDENTITY_REFUSALS}
        where valid_to = date '9999-12-31'
    ),

    parts as (
        select
            person,
            limit_name,
            split_part(node, ':', 1) as kind,
            substr(node, strpos(node, ':') + 1) as identifier
        from nodes
    ),

    known as (
        select person, limit_name, replace(kind, 'mailbox', 'email') as kind, identifier
        from parts
        union
        select parts.person, parts.limit_name, 'email', mailboxes.email
        from parts
        inner join {MAILBOXES} as mailboxes
            on parts.kind = 'mailbox' and parts.identifier = mailboxes.mailbox
    )
"""

ROWS_SHOWN = 10

ADJUSTMENTS = "rules/manual_adjustments.csv"


@dataclass(frozen=True, order=True)
class Identifier:
    """A CRM id, an email or a visitor id; `kind` is crm, email or visitor."""

    kind: str
    value: str


@dataclass(frozen=True)
class Person:
    """Whom the given ids mean.

    Attributes:
        identifiers: Everything that is known to be theirs.
        rows: How many rows of each raw table carry one of them.
        remembered: Given ids of people who were forgotten before.
    """

    identifiers: list[Identifier]
    rows: dict[str, int]
    remembered: list[str]


@dataclass(frozen=True)
class Holding:
    """A file of the operator's that still names somebody forgotten.

    Attributes:
        file: An extract's place, or the path of a rule file.
        rows: The numbers of its rows, the header of a CSV being 1.
        problem: Why it could not be searched.
    """

    file: str
    rows: list[int] = field(default_factory=list)
    problem: str = ""


def look_up(settings: Settings, ids: list[str], *, ahead: bool = False) -> Person:
    """Return whom lead ids, CRM ids, emails or visitor ids mean, changing nothing.

    Args:
        settings: The world.
        ids: What the people are known by.
        ahead: Take an id that nobody has for somebody who is yet to come.

    Raises:
        LeadscoreError: If nobody is known by an id, or several people share it, or it
            is not clear who is who.
    """
    with connect(settings) as connection:
        _require_who_is_who(connection)
        people = forgotten.read(connection)
        identifiers: set[Identifier] = set()
        remembered = []
        for given in ids:
            theirs = _identifiers_of(connection, given)
            if not theirs and any(people.knows(k, given) for k in _kinds(given)):
                remembered.append(given)
            elif not theirs and ahead:
                theirs = {Identifier(kind, given.strip()) for kind in _kinds(given)}
            elif not theirs:
                raise LeadscoreError(
                    f"Nobody is known as {given!r}: give a lead id, a CRM id, an email "
                    f"or a visitor id. Nothing was changed. If they must not be loaded "
                    f"when they come, say --ahead."
                )
            identifiers |= theirs
        rows = {
            table: one_number(
                connection.execute(
                    f"select count(*) from raw.{table} where "
                    f"{_carries(list(columns), identifiers)}"
                )
            )
            for table, columns in _raw_tables()
        }
    return Person(sorted(identifiers), {t: n for t, n in rows.items() if n}, remembered)


def forget(settings: Settings, person: Person) -> list[Path]:
    """Remember a person's identifiers as hashes, and erase all that they match.

    The warehouse is held until everything is erased, so that no run comes between, and
    no push, which would send and note them again.

    Returns:
        The files that were written anew without them, or removed.

    Raises:
        LeadscoreError: If another process holds the warehouse or pushes, or a file
            cannot be written.
    """
    try:
        with alone(settings), connect(settings) as connection:
            _remember(connection, person.identifiers)
            files = erasure.Files(connection, settings)
            files.remove_leftovers()
            with files.attached_builds():
                erasure.note_values(
                    connection, [*_tables(connection), *files.relations()]
                )
                _erase_tables(connection)
                files.erase()
            _write_anew(connection, settings)
    except (duckdb.IOException, OSError) as error:
        raise LeadscoreError(
            f"Not everything is erased yet: {str(error).splitlines()[0]}. Mend that "
            f"and run the same command again; what is done already does no harm."
        ) from error
    return files.changed


def find_holdings(settings: Settings) -> list[Holding]:
    """Return the extracts and rule files that still name somebody forgotten.

    They belong to the source systems and to the operator, so nothing edits them.
    """
    holdings = []
    extracts = [
        extract
        for source in SOURCES
        for extract in find_extracts(settings, source, date.max)
    ]
    files = [extract.path for extract in extracts]
    with ingest.connect(settings, files) as (connection, scratch):
        for extract in extracts:
            found = find_map(load_maps(settings, extract.source), extract.name)
            try:
                if found is None:
                    raise FileRefused("no source map reads it")
                rows = rows_of_forgotten(connection, extract.path, found[1], scratch)
                problem = ""
            except LeadscoreError as error:
                rows, problem = [], str(error)
            if rows or problem:
                holdings.append(Holding(extract.place, rows, problem))
        people = forgotten.read(connection)
    return holdings + [
        Holding(str(path), rows)
        for path in _adjustment_files(settings)
        if (rows := list(_adjusted(path, people)))
    ]


def _kinds(given: str) -> list[str]:
    """Return the kinds of identifier that an id may be by its looks."""
    return ["email"] if "@" in given else ["crm", "visitor"]


def _raw_tables() -> Iterator[tuple[str, list[str]]]:
    """Yield the raw tables that name people, each with the columns that do."""
    for name, table in TABLES.items():
        if columns := [c for c in forgotten.KINDS if c in table.columns]:
            yield name, columns


def _carries(columns: list[str], identifiers: set[Identifier]) -> str:
    conditions = ["false"]
    for column in columns:
        kind = forgotten.KINDS[column]
        values = ", ".join(
            literal(forgotten.normalized(kind, identifier.value))
            for identifier in identifiers
            if identifier.kind == kind
        )
        spelled = f"lower(trim({column}))" if kind == "email" else f"trim({column})"
        conditions += [f"{spelled} in ({values})"] if values else []
    return " or ".join(conditions)


def _require_who_is_who(connection: duckdb.DuckDBPyConnection) -> None:
    """Refuse to guess whose the identifiers in files are that were never scored."""
    unscored = connection.execute(
        "select file from raw.batches where status in ('pending', 'accepted') and "
        "batch_id not in (select batch_id from raw.run_batches) order by file limit 3"
    ).fetchall()
    begun = one_number(
        connection.execute("select count(*) from raw.run where not events_built")
    )
    if unscored or begun:
        files = ", ".join(file for (file,) in unscored) or "the last run's files"
        raise LeadscoreError(
            f"Who is who is not known yet for {files}: run `leadscore score` (or let "
            f"the run that has begun end), then forget. Nothing was changed."
        )


def _identifiers_of(
    connection: duckdb.DuckDBPyConnection, given: str
) -> set[Identifier]:
    """Return all identifiers of the person whom an id means; none if nobody has it."""
    ids = [f"{kind}:{forgotten.normalized(kind, given)}" for kind in _kinds(given)]
    try:
        found = connection.execute(
            f"""
            {KNOWN}
            select distinct kind, identifier from known
            where person in (
                select person from known
                where
                    list_contains($ids, kind || ':' || identifier)
                    or (starts_with($given, 'e_') and kind = 'email' and
                    'e_' || {forgotten.hashed("'email'", "identifier")} = $given)
            )
            """,
            {"ids": ids, "given": given.strip()},
        ).fetchall()
        shared = connection.execute(
            f"""
            {KNOWN}
            select limits.reason from known
            inner join mappings.identity_limits as limits using (limit_name)
            where list_contains(?, kind || ':' || identifier) limit 1
            """,
            [ids],
        ).fetchone()
    except duckdb.CatalogException:  # nothing was ever scored
        found, shared = [], None
    if found:
        return {Identifier(*row) for row in found}
    if shared:
        raise LeadscoreError(
            f"{given!r} is nobody's own. {shared[0]}. Erasing it would erase others: "
            f"give the CRM id of the person. Nothing was changed."
        )
    # Nobody who ever acted, but delivered: an address that mail was sent to, a visitor.
    return {
        identifier
        for identifier in (Identifier(kind, given.strip()) for kind in _kinds(given))
        for table, columns in _raw_tables()
        if one_number(
            connection.execute(
                f"select count(*) from raw.{table} "
                f"where {_carries(columns, {identifier})}"
            )
        )
    }


def _remember(
    connection: duckdb.DuckDBPyConnection, identifiers: list[Identifier]
) -> None:
    now = datetime.now(UTC).replace(tzinfo=None)
    connection.begin()
    for identifier in identifiers:
        connection.execute(
            f"""
            insert into raw.forgotten
            select kind, hash, $now from (
                select $kind as kind, {forgotten.hashed("$kind", "$value")} as hash
            )
            where (kind, hash) not in (select kind, hash from raw.forgotten)
            """,
            {"kind": identifier.kind, "value": identifier.value, "now": now},
        )
    connection.commit()


def _tables(connection: duckdb.DuckDBPyConnection) -> list[erasure.Relation]:
    """Return the tables of the warehouse that name people and stay."""
    return [
        table
        for table in erasure.tables_of(connection, "warehouse")
        if not table.is_derived or f"{table.schema}.{table.name}" in KEPT
    ]


def _erase_tables(connection: duckdb.DuckDBPyConnection) -> None:
    """Erase the noted values from the warehouse, and what is derived from them."""
    connection.begin()
    for table in _tables(connection):
        connection.execute(f"delete from {table.sql} where {table.names_erased}")
        if "reason" in table.columns:
            connection.execute(
                f"update {table.sql} set reason = {literal(erasure.REASON_WITHHELD)} "
                f"where {table.reason_names_erased}"
            )
    for name, _ in _raw_tables():
        _count_anew(connection, name)
    _clean_texts(connection)
    _drop_derived(connection)
    left = {f"{t.schema}.{t.name}" for t in erasure.tables_of(connection, "warehouse")}
    if LEAD_SCORE_SUMMARY in left:
        erasure.summarize_anew(connection, LEAD_SCORE_SUMMARY, LEAD_SCORE_HISTORY)
    connection.execute("delete from raw.run")  # what it built is gone
    connection.commit()


def _count_anew(connection: duckdb.DuckDBPyConnection, table: str) -> None:
    """Bring the batches of a raw table up to the rows that it has left."""
    connection.execute(
        f"""
        update raw.batches set
            rows_loaded = counted.rows_left,
            rows_rejected = rows_read - counted.rows_left
        from (
            select batches.batch_id, count(rows.batch_id) as rows_left
            from raw.batches as batches
            left join raw.{table} as rows using (batch_id)
            where batches.table_name = '{table}' and batches.status != 'refused'
            group by batches.batch_id
        ) as counted
        where raw.batches.batch_id = counted.batch_id
        """
    )


def _clean_texts(connection: duckdb.DuckDBPyConnection) -> None:
    """Take rows out of the texts that say why files and records were refused."""
    people = forgotten.read(connection)
    # What servers answered: they may quote what they were sent.
    for table, column in (("pushes", "error"), ("deliveries", "reason")):
        answers = connection.execute(
            f"select distinct {column} from raw.{table} where {column} is not null"
        ).fetchall()
        named = [answer for (answer,) in answers if people.named_in(answer)]
        connection.execute(
            f"update raw.{table} set {column} = null where list_contains(?, {column})",
            [named],
        )
    for table, column in (("batches", "reason"), ("verdicts", "failures")):
        texts = connection.execute(
            f"select distinct {column} from raw.{table} where {column} is not null"
        ).fetchall()
        for (text,) in texts:
            connection.execute(
                f"update raw.{table} set {column} = ? where {column} = ?",
                [erasure.cleaned(text, people), text],
            )


def _drop_derived(connection: duckdb.DuckDBPyConnection) -> None:
    found = connection.execute(
        "select 'table', schema_name, table_name from duckdb_tables() "
        "where database_name = 'warehouse' union all "
        "select 'view', schema_name, view_name from duckdb_views() "
        "where database_name = 'warehouse' and not internal"
    ).fetchall()
    for kind, schema, name in found:
        table = f"{schema}.{name}"
        if schema in erasure.DERIVED and table not in KEPT:
            connection.execute(f"drop {kind} {table}")
        if table == IDENTITY_MEMBERS:
            # Of the present people only, grouped by a name of their own.
            connection.execute(f"delete from {table} where valid_to != '9999-12-31'")
            connection.execute(f"update {table} set component = person")


def _write_anew(connection: duckdb.DuckDBPyConnection, settings: Settings) -> None:
    """Put a copy in place of the warehouse: what is deleted stays in a file's blocks.

    The old file stays locked until its connection ends, so that nobody writes to it.
    """
    fresh = settings.data / erasure.FRESH
    connection.execute("checkpoint")
    connection.execute(f"attach {literal(str(fresh))} as fresh")
    connection.execute("copy from database warehouse to fresh")
    connection.execute("detach fresh")
    sync(fresh)
    fresh.replace(settings.warehouse)
    sync(settings.data)


def _adjustment_files(settings: Settings) -> list[Path]:
    folders = [DBT_PROJECT / "seeds", *filter(None, [settings.config])]
    return [path for f in folders if (path := f / ADJUSTMENTS).exists()]


def _adjusted(path: Path, people: forgotten.Forgotten) -> Iterator[int]:
    """Yield the rows of manual adjustments that name somebody forgotten."""
    with path.open(encoding="utf-8-sig", newline="") as file:
        for number, row in enumerate(csv.DictReader(file), start=2):
            if people.knows("crm", row.get("lead_id") or ""):
                yield number


def show_person(person: Person, console: Console) -> None:
    """Print what would be erased."""
    for given in person.remembered:
        console.print(f"{given} was forgotten before.")
    if person.identifiers:
        console.print("Known by:")
    for identifier in person.identifiers:
        console.print(f"  {identifier.kind:<8} {identifier.value}", markup=False)
    for table, rows in person.rows.items():
        console.print(f"  {counted(rows, 'row'):>13} of raw.{table}")


def show_erased(settings: Settings, files: list[Path], console: Console) -> None:
    """Print where people were erased."""
    console.print("Erased, and will not be loaded again. Written anew, or removed:")
    folders = Counter(path.parent.relative_to(settings.data) for path in files)
    for folder, count in sorted(folders.items()):
        console.print(f"  {counted(count, 'file'):>10} in {folder}/", markup=False)
    console.print(f"       {settings.warehouse.name}, to be built on by the next run")


def show_holdings(holdings: list[Holding], console: Console) -> None:
    """Print which files of others still name somebody who was forgotten."""
    if not holdings:
        console.print("No extract names anybody who was forgotten.")
        return
    console.print(
        "Not changed, as they belong to the source systems and to you: files that "
        "still name somebody who was forgotten. Take the rows or the files away:"
    )
    for holding in holdings:
        where = f"could not be searched: {holding.problem}"
        if holding.rows:
            more = ", ..." if len(holding.rows) > ROWS_SHOWN else ""
            where = f"row {', '.join(map(str, holding.rows[:ROWS_SHOWN]))}{more}"
        console.print(f"  {holding.file}: {where}", markup=False, soft_wrap=True)
