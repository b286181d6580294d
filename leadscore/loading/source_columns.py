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
        for table in dict.fromkeys(entry.table for entry in source_map.files):
            entries = [entry for entry in source_map.files if entry.table == table]
            place = [source_map.source, source_map.name, table]
            names = [name for entry in entries for name in entry.outcomes]
            canonical = {name for entry in entries for name in _outcomes(entry)}
            connection.execute(
                "delete from raw.source_columns where source = ? and map_name = ? "
                "and table_name = ? and list_contains(?, column_name)",
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
            _insert(connection, place, dict.fromkeys(sorted(canonical), True))


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
        "and table_name = ? and list_contains(?::varchar[], column_name)",
        [*place, rest],
    )
    outcomes = fits_any(file_map.outcomes, rest)
    _insert(connection, place, {name: name in outcomes for name in rest})


def _insert(
    connection: duckdb.DuckDBPyConnection, place: list[str], columns: dict[str, bool]
) -> None:
    connection.execute(
        "insert into raw.source_columns "
        "(source, map_name, table_name, column_name, is_outcome) "
        "select ?, ?, ?, unnest(?::varchar[]), unnest(?::boolean[])",
        [*place, list(columns), list(columns.values())],
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
