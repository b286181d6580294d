"""The record of which columns maps keep as JSON, and which of all are outcomes."""

from __future__ import annotations

import duckdb

from leadscore.expressions import columns_in
from leadscore.source_maps import FileMap, SourceMap, fits_any


def record_outcomes(
    connection: duckdb.DuckDBPyConnection, maps: list[SourceMap]
) -> None:
    """Bring raw.source_columns up to the outcomes that the maps name today."""
    for source_map in maps:
        every = [entry for file_map in source_map.files for entry in file_map.every]
        for table in dict.fromkeys(entry.table for entry in every):
            entries = [entry for entry in every if entry.table == table]
            place = [source_map.source, source_map.name, table]
            names = [name for entry in entries for name in entry.outcomes]
            canonical = {name for entry in entries for name in _outcomes(entry)}
            connection.execute(
                "delete from raw.source_columns where source = ? and map_name = ? "
                "and table_name = ? and is_kept is not true "
                "and list_contains(?, column_name)",
                [*place, list(entries[0].canonical.columns)],
            )
            kept = connection.execute(
                "select column_name from raw.source_columns "
                "where source = ? and map_name = ? and table_name = ?",
                place,
            ).fetchall()
            connection.execute(
                "update raw.source_columns set is_outcome = "
                "list_contains(?::varchar[], column_name) "
                "where source = ? and map_name = ? and table_name = ?",
                [fits_any(names, [name for (name,) in kept]), *place],
            )
            outcomes = dict.fromkeys(sorted(canonical), True)
            _insert(connection, place, outcomes, is_kept=False)


def record_rest(
    connection: duckdb.DuckDBPyConnection,
    place: list[str],
    file_map: FileMap,
    rest: list[str],
) -> None:
    """Add the columns of a file that its table keeps in attributes or properties.

    Args:
        connection: The warehouse.
        place: Source, map name and table.
        file_map: The map's entry for the file.
        rest: The columns.
    """
    connection.execute(
        "delete from raw.source_columns where source = ? and map_name = ? "
        "and table_name = ? and is_kept is not false "
        "and list_contains(?::varchar[], column_name)",
        [*place, rest],
    )
    outcomes = fits_any(file_map.outcomes, rest)
    columns = {name: name in outcomes for name in rest}
    _insert(connection, place, columns, is_kept=True)


def keys_made(
    connection: duckdb.DuckDBPyConnection, file_map: FileMap, batch_id: str
) -> list[str]:
    """Return the columns in the attributes that a map makes itself, of a batch."""
    if "attributes" not in file_map.columns:
        return []
    found = connection.execute(
        f"select distinct unnest(json_keys(attributes)) as name "
        f"from raw.{file_map.table} where batch_id = ? order by name",
        [batch_id],
    ).fetchall()
    return [name for (name,) in found]


def _insert(
    connection: duckdb.DuckDBPyConnection,
    place: list[str],
    columns: dict[str, bool],
    *,
    is_kept: bool,
) -> None:
    connection.execute(
        "insert into raw.source_columns "
        "(source, map_name, table_name, column_name, is_outcome, is_kept) "
        "select ?, ?, ?, unnest(?::varchar[]), unnest(?::boolean[]), ?",
        [*place, list(columns), list(columns.values()), is_kept],
    )


def _outcomes(entry: FileMap) -> list[str]:
    """Return the canonical outcomes: those named, and those made of one."""
    found = {name for name in entry.outcomes if name in entry.canonical.columns}
    outcomes = [name.casefold() for name in entry.outcomes]  # SQL minds no case
    for name, column in entry.columns.items():
        origins = {column.column} if column.column else set()
        if column.sql:
            origins = set(columns_in(column.sql))
        if fits_any(outcomes, [origin.casefold() for origin in origins]):
            found.add(name)
    return sorted(found)
