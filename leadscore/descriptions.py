"""What tables and columns mean, beside their rows: as comments, and inside Parquet.

DuckDB keeps a comment of each table and column. A Parquet file has no place for them
that many readers show, but for its list of keys and values: `table` there is the
table's description, `column.<name>` a column's.
"""

from __future__ import annotations

from pathlib import Path

import duckdb

from leadscore.loading.row_sql import escaped, identifier, literal
from leadscore.models import Description


def comment_on(
    connection: duckdb.DuckDBPyConnection, table: str, description: Description
) -> None:
    """Set the comments of a table, which is named with its database and schema."""
    statements = [
        f"comment on column {table}.{identifier(column)} is {literal(text)}"
        for column, text in description.columns.items()
    ]
    if description.table:
        statements.append(f"comment on table {table} is {literal(description.table)}")
    if statements:
        connection.execute("; ".join(["begin", *statements, "commit"]))


def comments_of(
    connection: duckdb.DuckDBPyConnection, database: str
) -> dict[str, Description]:
    """Return the comments of every table of an attached database, by its name."""
    tables = connection.execute(
        "select table_name, coalesce(comment, '') from duckdb_tables() "
        "where database_name = ?",
        [database],
    ).fetchall()
    columns = connection.execute(
        "select table_name, column_name, comment from duckdb_columns() "
        "where database_name = ? and comment is not null order by column_index",
        [database],
    ).fetchall()
    return {
        table: Description(
            text, {name: told for of, name, told in columns if of == table}
        )
        for table, text in tables
    }


def as_keys(description: Description) -> dict[str, str]:
    """Return a description as the keys and values of a Parquet file."""
    columns = {f"column.{name}": text for name, text in description.columns.items()}
    return {"table": description.table, **columns}


def keys_of(connection: duckdb.DuckDBPyConnection, file: Path) -> dict[str, str]:
    """Return the keys and values of a Parquet file."""
    return dict(
        connection.execute(
            "select decode(key), decode(value) from parquet_kv_metadata(?)",
            [escaped(file)],
        ).fetchall()
    )


def as_parquet(keys: dict[str, str]) -> str:
    """Return how a Parquet file with these keys and values is written."""
    options = "format parquet, compression zstd"
    if keys:
        pairs = ", ".join(f"{literal(k)}: {literal(v)}" for k, v in keys.items())
        options += f", kv_metadata {{{pairs}}}"
    return options
