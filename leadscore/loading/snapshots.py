"""The guard on snapshots: one that lacks many keys of the last is not a whole one."""

from __future__ import annotations

from datetime import date

import duckdb

from leadscore.canonical import TABLES
from leadscore.loading import batches
from leadscore.loading.batches import Batch
from leadscore.source_maps import SourceMap


def find_shrunk(
    connection: duckdb.DuckDBPyConnection, maps: list[SourceMap]
) -> tuple[list[Batch], str, str] | None:
    """Return the first pending snapshot that lacks too many keys, reason and cause.

    All files of a day that one map reads into one table are one snapshot; it is held
    against the one of the newest day before it.
    """
    limits: dict[tuple[str, str], tuple[float, int]] = {}
    for source_map in maps:
        for file_map in (each for entry in source_map.files for each in entry.every):
            if file_map.delivery == "snapshot":
                place = (source_map.name, file_map.table)
                share, rows = limits.get(place, (0, 0))
                limits[place] = (
                    max(share, file_map.max_gone_pct),
                    max(rows, file_map.max_gone_rows),
                )
    pending = batches.read(
        connection,
        "source = ? and status = 'pending' and delivery = 'snapshot'",
        [maps[0].source],
    )
    snapshots: dict[tuple[date, str, str], list[Batch]] = {}
    for batch in pending:
        snapshot = (batch.extract_date, batch.map_name, batch.table_name)
        snapshots.setdefault(snapshot, []).append(batch)
    for (day, map_name, table), of_snapshot in snapshots.items():
        share, rows = limits.get((map_name, table), (100, 0))
        before, gone = _keys_gone(connection, day, map_name, table)
        if gone > max(before * share / 100, rows):
            reason = (
                f"{gone:,} of the {before:,} values of {TABLES[table].key} in the "
                f"snapshot before are gone from this one (at most {share:g} % may, or "
                f"{rows}): deliver it whole, or raise max_gone_pct in the source map "
                f"{map_name} if they are really gone"
            )
            return of_snapshot, reason, reason
    return None


def _keys_gone(
    connection: duckdb.DuckDBPyConnection, day: date, map_name: str, table: str
) -> tuple[int, int]:
    """Count the keys of the snapshot before a day, and those of them that are gone."""
    row = connection.execute(
        f"""
        with standing as (
            select batch_id, extract_date
            from raw.batches as batch
            where
                map_name = $map_name
                and table_name = $table
                and delivery = 'snapshot'
                and status in ('pending', 'accepted')
                and (status = 'pending' or file not in (
                    select file from raw.batches where status = 'pending'
                ))
        ),

        keys as (
            select distinct trim({TABLES[table].key}) as key, standing.extract_date
            from raw.{table} inner join standing using (batch_id)
        ),

        before as (
            select key from keys
            where extract_date = (
                select max(extract_date) from standing where extract_date < $day
            )
        ),

        today as (
            select key from keys where extract_date = $day
        )

        select count(*), count(*) filter (where today.key is null)
        from before left join today using (key)
        """,
        {"map_name": map_name, "table": table, "day": day},
    ).fetchone()
    return (int(row[0]), int(row[1])) if row else (0, 0)
