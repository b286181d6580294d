"""Publish to PostgreSQL as well: the tables of the current build, in one transaction.

Tables stay, and their rows are deleted and copied anew in one transaction. So a query
sees the build before or the new one, in all tables, and waits for nothing; and what
others have built on the tables stays: views, grants, indexes.
"""

from __future__ import annotations

import json
import re
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import duckdb
import psycopg2
from psycopg2.extensions import connection as Connection
from psycopg2.extensions import cursor as Cursor
from psycopg2.sql import SQL, Composable, Identifier, Literal

from leadscore.descriptions import comments_of
from leadscore.errors import LeadscoreError, NotYetError
from leadscore.loading.row_sql import identifier, literal
from leadscore.models import Description
from leadscore.postgres_access import (
    OWNER_LOGINS,
    SCHEMA,
    grant,
    keep_no_examples,
    limit_rows,
    require_roles,
    table_of,
)
from leadscore.publish import (
    CONTACTS_TABLE,
    current_build,
    open_build,
    read_build,
    read_publication,
)
from leadscore.settings import Settings

# Which build the tables are of: one row.
PUBLICATION = "publication"
PUBLICATION_COLUMNS = {
    "build_id": ("text", "The build that all tables of this schema are of."),
    "as_of_date": ("date", "The day that is scored."),
    "published_at": ("timestamp with time zone", "When the build was published."),
    "details": ("jsonb", "What publication.json says of the build."),
}

# One publishes at a time, to the same database: an advisory lock of this number.
LOCK = 4_712_019

# So long a change of the tables waits for those who read them.
PATIENCE = "60s"

# Seconds until a server that does not answer is given up.
ANSWER_TIMEOUT = 30

# Where rows lie on their way, in the world's folder.
SCRATCH = ".postgres_"

# Types of DuckDB, as PostgreSQL calls them; decimals have the same name as it is.
TYPES = {
    "BIGINT": "bigint",
    "BOOLEAN": "boolean",
    "DATE": "date",
    "DOUBLE": "double precision",
    "FLOAT": "real",
    "HUGEINT": "numeric(39,0)",
    "INTEGER": "integer",
    "JSON": "jsonb",
    "SMALLINT": "smallint",
    "TIMESTAMP": "timestamp without time zone",
    "TIMESTAMP WITH TIME ZONE": "timestamp with time zone",
    "TINYINT": "smallint",
    "UBIGINT": "numeric(20,0)",
    "UINTEGER": "bigint",
    "VARCHAR": "text",
}


def publish(settings: Settings, *, rewritten: bool = False) -> None:
    """Bring PostgreSQL up to the current build, if it is not.

    Args:
        settings: The world. Without `publish_to`, or a build, there is nothing to do.
        rewritten: Have the rows and the tables' files written anew in any case, so
            that what is deleted stays in none of their blocks.

    Raises:
        NotYetError: If the server is away, or others hold it up.
        LeadscoreError: If something is refused. Either way the message says which
            build is where.
    """
    publication = read_publication(settings)
    if not settings.publish_to or not publication:
        return
    has = "what it had before"
    try:
        with _connected(settings) as connection:
            with connection, connection.cursor() as cursor:
                cursor.execute(f"set local lock_timeout = '{PATIENCE}'")
                cursor.execute("select pg_advisory_xact_lock(%s)", [LOCK])
                for killed in settings.data.glob(f"{SCRATCH}*"):
                    shutil.rmtree(killed)
                there = _published(cursor)
                has = f"still {_of(there)}"
                is_written = _write(settings, cursor, there, rewritten=rewritten)
            has = f"{_of(publication)}, with rows that were deleted in its blocks"
            if is_written:
                _clean(connection, rewritten)
    except (psycopg2.Error, duckdb.Error, OSError, LeadscoreError) as error:
        # Both are what waiting may mend: the server ends, or somebody holds a table.
        passing = (psycopg2.OperationalError, psycopg2.InterfaceError)
        kind = NotYetError if isinstance(error, passing) else LeadscoreError
        raise kind(
            f"DuckDB has {_of(publication)}, but {place(settings)} has {has}: "
            f"{_told(settings, error)} Mend that and run the task publish or "
            f"`leadscore score` again, which completes it."
        ) from error


def erase(settings: Settings) -> None:
    """Have PostgreSQL without those who were erased from the current build.

    Raises:
        LeadscoreError: If that failed, so that they are still there.
    """
    try:
        publish(settings, rewritten=True)
    except LeadscoreError as error:
        raise LeadscoreError(
            f"Erased here, but not in PostgreSQL. {error} Or run this command again."
        ) from error


def lag(settings: Settings) -> str | None:
    """Say what PostgreSQL has, and whether it is behind; None if it is no place."""
    if not settings.publish_to:
        return None
    try:
        with _connected(settings) as connection, connection.cursor() as cursor:
            there = _published(cursor)
    except psycopg2.Error as error:
        return f"{place(settings)} could not be asked: {_told(settings, error)}"
    if there == read_publication(settings):
        return f"{place(settings)} has the same."
    return (
        f"{place(settings)} is behind, it has {_of(there)}: run the task publish or "
        f"`leadscore score` again."
    )


def place(settings: Settings) -> str:
    """Return the address of the second place without user and password."""
    address = settings.publish_to.get_secret_value()
    without = re.sub(r"//.*@", "//", address)
    return "PostgreSQL at " + re.sub(r"([?&]\w*password=)[^&]*", r"\1***", without)


@contextmanager
def _connected(settings: Settings) -> Iterator[Connection]:
    address = settings.publish_to.get_secret_value()
    with closing(
        psycopg2.connect(
            address,
            connect_timeout=ANSWER_TIMEOUT,
            application_name="leadscore",
            client_encoding="utf8",
        )
    ) as connection:
        yield connection


def _told(settings: Settings, error: Exception) -> str:
    """Return what an error says, without the password."""
    said = " ".join(str(error).split()) or type(error).__name__
    address = settings.publish_to.get_secret_value()
    for secret in re.findall(r"//[^:/@]*:(.*)@|[?&]\w*password=([^&]*)", address):
        for password in {*secret, *map(unquote, secret)} - {""}:
            said = said.replace(password, "***")
    return said if said.endswith(".") else f"{said}."


def _of(publication: dict[str, Any] | None) -> str:
    if publication is None:
        return "nothing"
    return f"build {publication['build_id']} of {publication['as_of_date']}"


def _published(cursor: Cursor) -> dict[str, Any] | None:
    """Return the publication.json of what is in PostgreSQL; None if nothing is."""
    cursor.execute("select to_regclass(%s)", [f"{SCHEMA}.{PUBLICATION}"])
    if cursor.fetchall() == [(None,)]:
        return None
    cursor.execute(SQL("select details from {}").format(table_of(PUBLICATION)))
    row = cursor.fetchone()
    return row[0] if row else None


def _write(
    settings: Settings,
    cursor: Cursor,
    there: dict[str, Any] | None,
    *,
    rewritten: bool,
) -> bool:
    """Bring schema, tables, rows, comments and rights up to the current build.

    Returns:
        Whether rows were written.
    """
    build = current_build(settings)
    publication = read_build(build)
    roles = require_roles(cursor, with_manager=settings.publish_owner_security)
    tables = sorted(publication["row_counts"])
    gone = set(there["row_counts"] if there else []).difference(tables)
    with open_build(build) as source:
        source.execute("set TimeZone = 'UTC'")
        columns = {table: _columns(source, table) for table in tables}
        _create_schema(cursor)
        for table in sorted(gone):
            cursor.execute(SQL("drop table if exists {}").format(table_of(table)))
        shaped = [_shape(cursor, table, columns[table]) for table in tables]
        is_new = rewritten or there != publication or any(shaped)
        if is_new:
            for table in tables:
                _fill(settings, cursor, source, table, columns[table])
            for table, description in _descriptions(source).items():
                if table in columns:
                    _comment(cursor, table, description)
            _note(cursor, publication)
    if CONTACTS_TABLE in tables:
        keep_no_examples(cursor)
    limit_rows(cursor, columns, is_on=settings.publish_owner_security)
    owned = [OWNER_LOGINS] if settings.publish_owner_security else []
    grant(cursor, [*tables, *owned, PUBLICATION], roles)
    return is_new


def _columns(source: duckdb.DuckDBPyConnection, table: str) -> dict[str, str]:
    """Return the columns of a published table with their types in PostgreSQL."""
    described = source.execute(f"describe {identifier(table)}").fetchall()
    return {name: _type(table, name, kind) for name, kind, *_ in described}


def _type(table: str, column: str, kind: str) -> str:
    if kind.startswith("DECIMAL"):
        return kind.replace("DECIMAL", "numeric")
    if kind.endswith("]") or kind.startswith(("STRUCT", "MAP")):
        return "jsonb"
    if kind.startswith("ENUM"):
        return "text"
    if kind not in TYPES:
        raise LeadscoreError(
            f"{table}.{column} is {kind}, for which PostgreSQL has no type: name one "
            f"in TYPES of leadscore/postgres.py."
        )
    return TYPES[kind]


def _create_schema(cursor: Cursor) -> None:
    # Asked first, as who may not create a schema may still write to one that is there.
    cursor.execute("select 1 from pg_namespace where nspname = %s", [SCHEMA])
    if not cursor.fetchall():
        cursor.execute(SQL("create schema {}").format(Identifier(SCHEMA)))
    kinds = {name: kind for name, (kind, _) in PUBLICATION_COLUMNS.items()}
    if _shape(cursor, PUBLICATION, kinds):
        texts = {name: text for name, (_, text) in PUBLICATION_COLUMNS.items()}
        what = "One row: which build all tables of this schema are of."
        _comment(cursor, PUBLICATION, Description(what, texts))


def _shape(cursor: Cursor, table: str, columns: dict[str, str]) -> bool:
    """Give a table its columns, if it has others; return whether it had."""
    cursor.execute(
        "select attname, format_type(atttypid, atttypmod) from pg_attribute "
        "where attrelid = to_regclass(%s) and attnum > 0 and not attisdropped",
        [f"{SCHEMA}.{identifier(table)}"],
    )
    has = dict(cursor.fetchall())
    wanted = {
        name: SQL("{} {}").format(Identifier(name), SQL(kind))
        for name, kind in columns.items()
    }
    if not has:
        cursor.execute(
            SQL("create table {} ({})").format(
                table_of(table), SQL(", ").join(wanted.values())
            )
        )
        return True
    # Rows follow, so that a column of another type may be a new one.
    changes = [
        SQL("drop column {}").format(Identifier(name))
        for name, kind in has.items()
        if columns.get(name) != kind
    ]
    changes += [
        SQL("add column {}").format(wanted[name])
        for name, kind in columns.items()
        if has.get(name) != kind
    ]
    if changes:
        cursor.execute(
            SQL("alter table {} {}").format(table_of(table), SQL(", ").join(changes))
        )
    return bool(changes)


def _fill(
    settings: Settings,
    cursor: Cursor,
    source: duckdb.DuckDBPyConnection,
    table: str,
    columns: dict[str, str],
) -> None:
    """Replace a table's rows by those of the build."""
    cursor.execute(SQL("delete from {}").format(table_of(table)))
    with tempfile.TemporaryDirectory(dir=settings.data, prefix=SCRATCH) as folder:
        file = Path(folder, f"{table}.csv")
        values = ", ".join(_value(name, kind) for name, kind in columns.items())
        # All that is there stands in quotes, so that no text is taken for a null.
        source.execute(
            f"copy (select {values} from {identifier(table)}) to {literal(str(file))} "
            f"(format csv, header false, force_quote *, nullstr '')"
        )
        names = SQL(", ").join(map(Identifier, columns))
        copy = SQL("copy {} ({}) from stdin (format csv)")
        with file.open("rb") as rows:
            cursor.copy_expert(copy.format(table_of(table), names), rows)


def _value(column: str, kind: str) -> str:
    """Return SQL of DuckDB for a column's value as PostgreSQL takes it."""
    name = identifier(column)
    if kind == "jsonb":
        return f"to_json({name})"
    if kind == "text":  # PostgreSQL has no text with the sign of number 0
        return f"replace({name}::varchar, chr(0), '')"
    return name


def _descriptions(source: duckdb.DuckDBPyConnection) -> dict[str, Description]:
    databases = source.execute(
        "select database_name from duckdb_databases()"
    ).fetchall()
    return {
        table: description
        for (database,) in databases
        for table, description in comments_of(source, database).items()
    }


def _comment(cursor: Cursor, table: str, description: Description) -> None:
    named = table_of(table)
    comments: list[Composable] = [
        SQL("comment on table {} is {}").format(named, Literal(description.table))
    ]
    comments += [
        SQL("comment on column {}.{} is {}").format(
            named, Identifier(column), Literal(text)
        )
        for column, text in description.columns.items()
    ]
    cursor.execute(SQL("; ").join(comments))


def _note(cursor: Cursor, publication: dict[str, Any]) -> None:
    cursor.execute(SQL("delete from {}").format(table_of(PUBLICATION)))
    cursor.execute(
        SQL("insert into {} values (%s, %s, %s, %s)").format(table_of(PUBLICATION)),
        [
            publication["build_id"],
            publication["as_of_date"],
            publication["published_at"],
            json.dumps(publication),
        ],
    )


def _clean(connection: Connection, rewritten: bool) -> None:
    """Free the place of deleted rows, and tell the planner of the new ones."""
    connection.autocommit = True
    vacuum = SQL("vacuum (full, analyze) {}" if rewritten else "vacuum (analyze) {}")
    with connection.cursor() as cursor:
        cursor.execute(f"set lock_timeout = '{PATIENCE}'")
        cursor.execute(
            "select tablename from pg_tables where schemaname = %s", [SCHEMA]
        )
        for (table,) in cursor.fetchall():
            cursor.execute(vacuum.format(table_of(table)))
