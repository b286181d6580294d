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
) -> tuple[list[Batch], str] | None:
    """Return the first pending snapshot that lacks too many keys, and the reason.

    All files of a day that one map reads into one table are one snapshot; it is held
    against the one of the newest day before it.
    """
    limits: dict[tuple[str, str], float] = {}
    for source_map in maps:
        for file_map in source_map.files:
            if file_map.delivery == "snapshot":
                place = (source_map.name, file_map.table)
                limits[place] = max(limits.get(place, 0), file_map.max_gone_pct)
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
        limit = limits.get((map_name, table), 100)
        before, gone = _keys_gone(connection, day, map_name, table)
        if gone > before * limit / 100:
            return of_snapshot, (
                f"{gone:,} of the {before:,} values of {TABLES[table].key} in the "
                f"snapshot before are gone from this one (at most {limit:g} % may): "
                f"deliver it whole, or raise max_gone_pct in the source map {map_name} "
                f"if they are really gone"
            )
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
