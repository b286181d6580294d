"""Where rows and files go that did not enter raw, each with its reason."""

from __future__ import annotations

import csv
from collections import Counter
from pathlib import Path

import duckdb

from leadscore.loading.batches import Batch
from leadscore.loading.file_stage import Rejected
from leadscore.loading.row_sql import literal
from leadscore.settings import Settings

ENDINGS = (".csv", ".reason.txt", ".refused.parquet")


def place(settings: Settings, file: str, ending: str) -> Path:
    """Return the path for what is kept of a file (`<source>/<day>/<name>`)."""
    return settings.quarantine / f"{file}{ending}"


def clear(settings: Settings, file: str) -> None:
    """Remove what an earlier load of a file left."""
    for ending in ENDINGS:
        place(settings, file, ending).unlink(missing_ok=True)


def keep_rows(settings: Settings, file: str, rejected: list[Rejected]) -> None:
    """Write a file's rejected rows: file, line, column, reason and the row's text."""
    path = place(settings, file, ".csv")
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", encoding="utf-8", newline="") as target:
        writer = csv.writer(target, lineterminator="\n")
        writer.writerow(["file", "line", "column", "reason", "row"])
        writer.writerows(
            [file, row.line, row.column, row.reason, row.text] for row in rejected
        )


def note_reasons(
    connection: duckdb.DuckDBPyConnection, batch_id: str, rejected: list[Rejected]
) -> None:
    """Note how many rows of a batch were rejected for which cause, without the rows."""
    connection.execute("delete from raw.rejections where batch_id = ?", [batch_id])
    counts = Counter((row.column or None, row.cause) for row in rejected)
    for (column, cause), count in counts.items():
        connection.execute(
            "insert into raw.rejections values (?, ?, ?, ?)",
            [batch_id, column, cause, count],
        )


def keep_reason(settings: Settings, file: str, reason: str) -> None:
    """Write why a file was refused."""
    path = place(settings, file, ".reason.txt")
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"{file} was refused: {reason}\n", encoding="utf-8")


def keep_batch(
    connection: duckdb.DuckDBPyConnection, settings: Settings, batch: Batch
) -> None:
    """Write a batch's rows, which are about to leave raw."""
    path = place(settings, batch.file, ".refused.parquet")
    path.parent.mkdir(parents=True, exist_ok=True)
    connection.execute(
        f"copy (select * from raw.{batch.table_name} where batch_id = "
        f"{literal(batch.batch_id)} order by source_row) "
        f"to {literal(str(path))} (format parquet)"
    )
