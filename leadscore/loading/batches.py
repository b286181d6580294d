"""The record of every file loaded: raw.batches, one row a batch."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, fields, replace
from datetime import UTC, date, datetime

import duckdb

from leadscore.extracts import Extract
from leadscore.source_maps import FileMap, SourceMap

# Files may lie on another machine, and its clock may be behind.
CLOCK_MARGIN_SECONDS = 60


@dataclass(frozen=True)
class Batch:
    """One extract file loaded once; see raw.batches."""

    batch_id: str
    source: str
    table_name: str
    map_name: str
    delivery: str
    file: str
    sha256: str
    bytes: int
    rows_read: int
    rows_loaded: int
    rows_rejected: int
    extract_date: date
    loaded_at: datetime
    status: str
    reason: str | None = None
    pattern: str | None = None
    rows_repeated: int = 0
    rows_left_out: int = 0
    cause: str | None = None


def batch_id_of(file: str, sha256: str, further_table: str = "") -> str:
    """Return the id of a file's batch, or of what a further table gets of the file."""
    parts = [file, sha256, further_table] if further_table else [file, sha256]
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:32]


def further_batch(batch: Batch, table: str) -> Batch:
    """Return the batch of what a further table gets of a batch's file."""
    return replace(
        batch,
        batch_id=batch_id_of(batch.file, batch.sha256, table),
        table_name=table,
    )


def is_of_file(batch: Batch) -> bool:
    """Say whether a batch is the file's own, not that of a further table."""
    return batch.batch_id == batch_id_of(batch.file, batch.sha256)


def new_batch(
    extract: Extract,
    sha256: str,
    source_map: SourceMap,
    file_map: FileMap,
    now: datetime,
) -> Batch:
    """Return the batch of a file that is about to be loaded, with no rows yet."""
    return Batch(
        batch_id=batch_id_of(extract.place, sha256),
        source=extract.source,
        table_name=file_map.table,
        map_name=source_map.name,
        delivery=file_map.delivery,
        file=extract.place,
        sha256=sha256,
        bytes=extract.path.stat().st_size,
        rows_read=0,
        rows_loaded=0,
        rows_rejected=0,
        extract_date=extract.day,
        loaded_at=now,
        status="pending",
        pattern=", ".join(file_map.pattern),
    )


def write(connection: duckdb.DuckDBPyConnection, batch: Batch) -> None:
    """Record a batch, in place of an earlier load of the same content."""
    connection.execute("delete from raw.batches where batch_id = ?", [batch.batch_id])
    names = [column.name for column in fields(Batch)]
    connection.execute(
        f"insert into raw.batches ({', '.join(names)}) "
        f"values ({', '.join('?' for _ in names)})",
        [getattr(batch, name) for name in names],
    )


def read(
    connection: duckdb.DuckDBPyConnection, condition: str, parameters: list[object]
) -> list[Batch]:
    """Return the batches that meet a condition, by day, file and time of loading."""
    names = ", ".join(column.name for column in fields(Batch))
    rows = connection.execute(
        f"select {names} from raw.batches where {condition} "
        f"order by extract_date, file, loaded_at",
        parameters,
    ).fetchall()
    return [Batch(*row) for row in rows]


def changed_since(changed_at: float, batch: Batch, margin: float = 0) -> bool:
    """Say whether a time (seconds since 1970) is later than a batch's load."""
    return changed_at > batch.loaded_at.replace(tzinfo=UTC).timestamp() - margin


def known_checksum(extract: Extract, batches: list[Batch]) -> str | None:
    """Return the checksum of a file that has not been touched since it was loaded.

    A file's change time cannot be set back, so an unchanged one need not be read again.
    """
    state = extract.path.stat()
    last = max(batches, key=lambda batch: batch.loaded_at, default=None)
    if (
        last
        and last.bytes == state.st_size
        and not changed_since(state.st_ctime, last, CLOCK_MARGIN_SECONDS)
    ):
        return last.sha256
    return None
