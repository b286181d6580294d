"""What somebody who is forgotten is erased from: tables, files and texts."""

from __future__ import annotations

import csv
import glob
import os
import re
import shutil
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from pathlib import Path

import duckdb

from leadscore import candidate, publish
from leadscore.action.partners import rewrite_partner_files
from leadscore.checks import remove_old_pages
from leadscore.descriptions import as_parquet, comment_on, comments_of, keys_of
from leadscore.loading import forgotten
from leadscore.loading.row_sql import identifier, literal, one_number
from leadscore.models import LEAD_SCORE_SUMMARY, compiled, name_of, sql_of
from leadscore.publish import sync
from leadscore.report.write import write_reports
from leadscore.settings import REPORTS, Settings
from leadscore.validate import FOR_EXAMPLE

# What a run builds anew from raw, and so is dropped rather than searched.
DERIVED = ("staging", "intermediate", "scoring", "pending")

# Folders and files that runs leave and later ones do without: logs, dbt's workspace,
# a copy of the rules, scratch of killed runs. All may quote rows.
LEFTOVERS = (
    "logs",
    "dbt",
    "seeds",
    ".duckdb_tmp",
    ".load_*",
    ".outlook_*",
    ".fresh*",
    ".postgres_*",
    ".push_*",
    "outbox",  # messages that would be sent
)
FRESH = ".fresh.duckdb"

# Pairs of columns that hold a kind and an identifier of it.
TYPED = (("identifier_type", "identifier"), ("linked_type", "linked_to"))

REASON_WITHHELD = "The reason named somebody who asked to be forgotten"

WITHHELD = (
    "why is no longer told here, as it named somebody who asked to be forgotten; "
    "deliver the file again to see it"
)

SUMMARY = name_of(LEAD_SCORE_SUMMARY)


@dataclass(frozen=True)
class Relation:
    """A table or file that may name people.

    Attributes:
        sql: How a query reads it.
        columns: Its columns.
        schema: Of a table.
        name: Of a table, or the file's path.
    """

    sql: str
    columns: frozenset[str]
    schema: str = ""
    name: str = ""

    @property
    def is_derived(self) -> bool:
        """Whether a run builds it anew from raw."""
        return self.schema in DERIVED

    @property
    def values(self) -> list[str]:
        """Queries of the kind and value of every identifier it holds."""
        return [f"select {name} from {self.sql}" for name in self._ids + self._others]

    @property
    def names_erased(self) -> str:
        """SQL for whether a row is of somebody whose identifiers were noted."""
        return _noted(self._ids)

    @property
    def reason_names_erased(self) -> str:
        """SQL for whether the reason in somebody else's row names one of them."""
        return _noted(self._others)

    @property
    def changes(self) -> str:
        """SQL for whether a row does not stay as it is."""
        return f"({self.names_erased} or {self.reason_names_erased})"

    @property
    def erased(self) -> str:
        """A query of what stays of it."""
        columns = "*"
        if self._others:
            columns = (
                f"* replace (case when {self.reason_names_erased} "
                f"then {literal(REASON_WITHHELD)} else reason end as reason)"
            )
        return f"select {columns} from {self.sql} where not {self.names_erased}"

    @property
    def _ids(self) -> list[str]:
        """SQL for the kind and value of each identifier that says whose a row is."""
        ids = [
            f"'{kind}', {column}"
            for column, kind in forgotten.KINDS.items()
            if column in self.columns
        ]
        ids += [
            f"{_kind(kind)}, {value}" for kind, value in TYPED if kind in self.columns
        ]
        if "node" in self.columns:  # <kind>:<identifier>
            kind = _kind("split_part(node, ':', 1)")
            ids.append(f"{kind}, substr(node, strpos(node, ':') + 1)")
        return ids

    @property
    def _others(self) -> list[str]:
        """SQL for the kind and value of an identifier that a reason names."""
        if "reason" in self.columns and self.columns & {"identifier", "record_id"}:
            return [f"'crm', {_other_record()}"]
        return []


def tables_of(connection: duckdb.DuckDBPyConnection, database: str) -> list[Relation]:
    """Return the tables of an attached database, by name."""
    rows = connection.execute(
        "select schema_name, table_name, list(column_name) from duckdb_columns() "
        "inner join duckdb_tables() using (database_name, schema_name, table_name) "
        "where database_name = ? and not temporary group by all order by all",
        [database],
    ).fetchall()
    return [
        Relation(
            f"{database}.{schema}.{identifier(name)}", frozenset(columns), schema, name
        )
        for schema, name, columns in rows
    ]


def note_values(
    connection: duckdb.DuckDBPyConnection, relations: list[Relation]
) -> None:
    """Note in temp.erased all values of the relations that raw.forgotten remembers.

    Each value is hashed once, which is what takes the time. Published tables name an
    email by a hash, and a lead without a CRM record too: both are noted as well.
    """
    values = " union ".join(query for r in relations for query in r.values)
    connection.execute(
        f"""
        create or replace temp table erased as
        select kind, value from ({values}) as known (kind, value)
        where (kind, {forgotten.hashed("kind", "value")}) in (
            select kind, hash from raw.forgotten
        )
        union all
        select 'crm', 'e_' || hash from raw.forgotten where kind = 'email'
        union all
        select 'email', 'h_' || hash from raw.forgotten where kind = 'email'
        """
    )


def summary_of(
    connection: duckdb.DuckDBPyConnection, summary: str, history: str
) -> str:
    """Return a query of a history's lead_score_summary, by the model that makes it.

    Args:
        connection: Where both are.
        summary: What there is already, which says the columns and the stages' order.
        history: The history.
    """
    described = connection.execute(f"select * from {summary} limit 0").description
    columns = [column[0] for column in described or []]
    # A build of an earlier version may be without it.
    order = "stage_order" if "stage_order" in columns else "null as stage_order"
    orders = f"(select distinct ruleset, stage, {order} from {summary})"
    sql = sql_of(SUMMARY, lambda name: history if name == candidate.HISTORY else orders)
    return f"select {', '.join(columns)} from ({sql})"


def summarize_anew(
    connection: duckdb.DuckDBPyConnection, summary: str, history: str
) -> None:
    """Fill a lead_score_summary from the history that is left."""
    counted = summary_of(connection, summary, history)
    connection.execute(
        f"create or replace temp table counted_anew as {counted} order by all"
    )
    connection.execute(f"delete from {summary}")
    connection.execute(f"insert into {summary} from counted_anew")
    connection.execute("drop table counted_anew")


def cleaned(text: str, people: forgotten.Forgotten) -> str:
    """Return a reason or verdict without the rows it shows."""
    without = re.sub(rf"{FOR_EXAMPLE}.*?(?=\n- |\Z)", "", text, flags=re.DOTALL)
    return WITHHELD if people.named_in(without) else without


class Files:
    """The files of a world besides its warehouse, from which people are erased.

    `changed` lists those that were written anew or removed.
    """

    def __init__(
        self, connection: duckdb.DuckDBPyConnection, settings: Settings
    ) -> None:
        """Take the connection on which raw.forgotten is, and temp.erased will be."""
        self.connection = connection
        self.settings = settings
        self.people = forgotten.read(connection)
        self.changed: list[Path] = []

    def remove_leftovers(self) -> None:
        """Remove logs, and what runs that were killed have left."""
        data, published = self.settings.data, self.settings.published
        publish.remove_leftovers(published)
        for path in [found for name in LEFTOVERS for found in data.glob(name)]:
            shutil.rmtree(path) if path.is_dir() else path.unlink()
        for folder in (published, self.settings.quarantine, self.settings.pushed):
            for path in folder.rglob(".*.part"):
                path.unlink()

    @contextmanager
    def attached_builds(self) -> Iterator[None]:
        """Have the published databases attached, for their values to be noted."""
        for number, path in enumerate(self._databases()):
            file = literal(str(path))
            self.connection.execute(f"attach {file} as build_{number} (read_only)")
        yield
        for number in range(len(self._databases())):
            self.connection.execute(f"detach database if exists build_{number}")

    def relations(self) -> list[Relation]:
        """Return the tables of the attached builds, and the files that are tables."""
        tables = [
            table
            for number in range(len(self._databases()))
            for table in tables_of(self.connection, f"build_{number}")
        ]
        return tables + [self._file(path) for path in self._tabular()]

    def erase(self) -> None:
        """Erase the noted values from every file."""
        with _read_by_nobody_else():
            self._erase_builds()
        for path in sorted(self.settings.quarantine.rglob("*.csv")):
            self._filter_rejected(path)
        for path in sorted(self.settings.quarantine.rglob("*.reason.txt")):
            text = path.read_text(encoding="utf-8")
            if (clean := cleaned(text, self.people)) != text:
                self._replace_text(path, clean)
        self.changed += remove_old_pages(self.settings.docs)

    def _erase_builds(self) -> None:
        for build in self._builds():
            publish.unseal(build)
        for number, path in enumerate(self._databases()):
            self._erase_database(f"build_{number}", path)
        for path in self._tabular():
            self._filter(self._file(path), path)
        for build in self._builds():
            self._complete(build)
            self._write_pages(build)
            publish.seal(build)

    def _builds(self) -> list[Path]:
        found = (self.settings.published / publish.BUILDS).glob(f"*/{publish.DATABASE}")
        return sorted(path.parent for path in found)

    def _databases(self) -> list[Path]:
        return [path for b in self._builds() for path in publish.databases_of(b)]

    def _tabular(self) -> list[Path]:
        published, quarantine = self.settings.published, self.settings.quarantine
        return sorted(
            [
                *self.settings.pushed.glob("*.csv"),
                *(published / publish.BUILDS).glob("*/*/*.parquet"),
                *(published / publish.BUILDS).glob(f"*/{publish.CRM_IMPORT}"),
                *(published / publish.ARCHIVE).glob("*.parquet"),
                *quarantine.rglob("*.refused.parquet"),
            ]
        )

    def _file(self, path: Path) -> Relation:
        file = literal(glob.escape(str(path)))
        sql = f"read_parquet({file})"
        if path.suffix == ".csv":
            sql = (
                f"read_csv({file}, header = true, all_varchar = true, delim = ',', "
                f"quote = '\"', escape = '\"')"
            )
        columns = self.connection.execute(f"select * from {sql} limit 0").description
        return Relation(sql, frozenset(column[0] for column in columns or []))

    def _erase_database(self, alias: str, path: Path) -> None:
        """Write a published database anew, if it names somebody, and put it in place.

        As a new file: what is deleted from one stays in its blocks.
        """
        tables = tables_of(self.connection, alias)
        if not any(self._count(t.sql, t.changes) for t in tables):
            self.connection.execute(f"detach {alias}")
            return
        part = path.with_name(f".{path.name}.part")
        self.connection.execute(f"attach {literal(str(part))} as fresh")
        comments = comments_of(self.connection, alias)
        for table in tables:
            new = f"fresh.main.{identifier(table.name)}"
            self.connection.execute(f"create table {new} as {table.erased}")
            comment_on(self.connection, new, comments[table.name])
        if SUMMARY in {table.name for table in tables}:
            history = f"select * from fresh.main.{candidate.HISTORY}"
            parquet = path.with_name(publish.PARQUET)
            older = parquet / f"{candidate.HISTORY}_older.parquet"
            if older.exists():
                rows = self._file(older)
                history += f" union all by name from {rows.sql} "
                history += f"where not {rows.names_erased}"
            summarize_anew(self.connection, f"fresh.main.{SUMMARY}", f"({history})")
        self.connection.execute("detach fresh")
        self.connection.execute(f"detach {alias}")
        self._put_in_place(part, path)

    def _complete(self, build: Path) -> None:
        """Bring a build's summary and publication.json up to its database."""
        counts: dict[str, int] = {}
        for path in publish.databases_of(build):
            file = literal(str(path))
            self.connection.execute(f"attach {file} as build (read_only)")
            tables = {t.name: t.sql for t in tables_of(self.connection, "build")}
            counts |= {name: self._count(sql) for name, sql in tables.items()}
            self._copy_summary(build, tables)
            self.connection.execute("detach build")
        if (build / publish.PUBLICATION).exists():
            publication = publish.read_build(build)
            if publication["row_counts"] != counts:
                publication["row_counts"] = counts
                publication["erased_at"] = datetime.now(UTC).isoformat(
                    timespec="milliseconds"
                )
                publish.write_publication(build, publication)

    def _write_pages(self, build: Path) -> None:
        """Write a build's pages anew; those of another version may not be there again.

        All are, whatever changed: what names somebody is not searched in their HTML.
        """
        reports = [name for name in REPORTS if (build / name).exists()]
        partners = [publish.PARTNERS] if (build / publish.PARTNERS).exists() else []
        try:
            write_reports(self.settings, build, reports)
            if partners:
                rewrite_partner_files(self.settings, build)
        except duckdb.Error:
            for name in (*reports, *partners):
                shutil.rmtree(build / name, ignore_errors=True)
        self.changed += [build / name for name in (*reports, *partners)]

    def _copy_summary(self, build: Path, tables: dict[str, str]) -> None:
        summary = build / publish.PARQUET / f"{SUMMARY}.parquet"
        if SUMMARY in tables and summary.exists():
            new, old = tables[SUMMARY], self._file(summary).sql
            if self._differ(new, old):
                self._copy(f"from {new}", summary)

    def _filter(self, relation: Relation, path: Path) -> None:
        if self._count(relation.sql, relation.changes):
            self._copy(relation.erased, path)

    def _filter_rejected(self, path: Path) -> None:
        """Drop the rejected rows that name somebody, as they were delivered."""
        with path.open(encoding="utf-8", newline="") as file:
            header, *rows = csv.reader(file)
        kept = [row for row in rows if not self.people.named_in("\n".join(row[3:]))]
        if len(kept) == len(rows):
            return
        part = path.with_name(f".{path.name}.part")
        with part.open("w", encoding="utf-8", newline="") as file:
            csv.writer(file, lineterminator="\n").writerows([header, *kept])
        self._put_in_place(part, path)

    def _differ(self, some: str, others: str) -> bool:
        return any(
            self._count(f"(from {one} except from {other})")
            for one, other in ((some, others), (others, some))
        )

    def _count(self, rows: str, condition: str = "true") -> int:
        return one_number(
            self.connection.execute(f"select count(*) from {rows} where {condition}")
        )

    def _copy(self, query: str, path: Path) -> None:
        options = publish.AS_CSV
        if path.suffix == ".parquet":
            options = as_parquet(keys_of(self.connection, path))
        part = path.with_name(f".{path.name}.part")
        self.connection.execute(f"copy ({query}) to {literal(str(part))} ({options})")
        self._put_in_place(part, path)

    def _replace_text(self, path: Path, text: str) -> None:
        part = path.with_name(f".{path.name}.part")
        part.write_text(text, encoding="utf-8")
        self._put_in_place(part, path)

    def _put_in_place(self, part: Path, path: Path) -> None:
        """Replace a file in one step: readers see the old one or the new one, whole."""
        part.chmod(stat.S_IMODE(path.stat().st_mode))
        sync(part)
        part.replace(path)
        sync(path.parent)
        self.changed.append(path)


@contextmanager
def _read_by_nobody_else() -> Iterator[None]:
    """Let new files be read by their owner alone, until they get the old ones' mode."""
    before = os.umask(0o077)
    try:
        yield
    finally:
        os.umask(before)


def _kind(column: str) -> str:
    """Return SQL for the kind that hashes are made with: a mailbox is an address."""
    return f"replace({column}, 'mailbox', 'email')"


@cache
def _other_record() -> str:
    """Return SQL for the record that a reason of int_record_reasons names."""
    return compiled(
        "regexp_extract(reason, '^(' || {{ merged_with() }} || '|' "
        "|| {{ same_mailbox_as() }} || ')(.+)$', 2)",
        ref=str,
    )


def _noted(ids: list[str]) -> str:
    noted = "in (select kind, value from temp.erased)"
    conditions = [f"({name}) {noted}" for name in ids]
    return f"coalesce({' or '.join(conditions)}, false)" if conditions else "false"
