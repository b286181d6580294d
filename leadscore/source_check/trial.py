"""One file through one map, by the real loader, in a warehouse that is thrown away."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import duckdb

from leadscore import ingest
from leadscore.loading import header
from leadscore.loading.file_loader import Loaded, load_file
from leadscore.loading.file_stage import Rejected, TooManyRejected
from leadscore.loading.row_sql import ROW, build, chosen
from leadscore.rules.check import mapping_folders
from leadscore.settings import Settings
from leadscore.source_maps import FileMap, SourceMap

BATCH = "check"


@dataclass(frozen=True)
class Trial:
    """What became of a file.

    Attributes:
        connection: The warehouse: the rows that fit are in the raw table; the rows as
            they came, with texts that mean null taken out, in the view `incoming`.
        source_map: The map.
        file_map: Its entry for the file.
        rows: Rows of the file, but for those left out.
        left_out: Rows of the file that no `where` of the map takes.
        loaded: Rows that fit.
        rejected: The others; empty if none fits.
        refusal: Why a delivery of this file would be refused as a whole, if so.
        rest: Columns that the table keeps in attributes or properties.
        further: Rows that further tables would get of the file.
    """

    connection: duckdb.DuckDBPyConnection
    source_map: SourceMap
    file_map: FileMap
    rows: int
    loaded: int
    rejected: list[Rejected]
    refusal: str | None
    rest: list[str]
    further: dict[str, int]
    left_out: int

    @property
    def taken(self) -> str:
        """The rows of the view `incoming` that are the table's own, as SQL."""
        return f"(select * from incoming where {chosen(self.file_map)})"

    def originals(self) -> list[str]:
        """Return the columns of the view `incoming`."""
        found = self.connection.execute("describe incoming").fetchall()
        return [name for name, *_ in found if name != ROW]

    def failures(self) -> dict[str, int]:
        """Return how many rows each column of ours is at fault for."""
        fit = header.check(self.originals(), self.file_map)
        query = build(self.connection, fit, self.file_map)
        rows = self.connection.execute(
            f"select name, count(*) from ({query.bad_rows}) as bad group by name"
        ).fetchall()
        return dict(rows)


def mapping_files(settings: Settings) -> dict[str, Path]:
    """Return the file of each mapping by its name: the user's, or else ours."""
    return {
        path.stem: path
        for folder in reversed(mapping_folders(settings))
        for path in folder.glob("*.csv")
    }


@contextmanager
def try_file(path: Path, source_map: SourceMap, file_map: FileMap) -> Iterator[Trial]:
    """Load a file as its delivery today would be; nothing stays.

    Raises:
        FileRefused: If not even its rows can be told apart.
        LeadscoreError: If an expression of the map is wrong.
    """
    with tempfile.TemporaryDirectory(prefix="leadscore_") as folder:
        settings = Settings().model_copy(update={"data": Path(folder)})
        files = [path, *mapping_files(settings).values()]
        with ingest.connect(settings, files) as (connection, scratch):
            yield _try(connection, scratch, path, source_map, file_map)


def _try(
    connection: duckdb.DuckDBPyConnection,
    scratch: Path,
    path: Path,
    source_map: SourceMap,
    file_map: FileMap,
) -> Trial:
    refusal = None
    try:
        loaded = _load(connection, scratch, path, source_map, file_map)
    except TooManyRejected as error:
        refusal = str(error)
        lenient = file_map.model_copy(update={"max_rejected_pct": 100})
        for entry in file_map.every:
            connection.execute(f"delete from raw.{entry.table}")
        try:
            loaded = _load(connection, scratch, path, source_map, lenient)
        except TooManyRejected:  # not one row fits
            loaded = [Loaded(file_map.table, error.rows, 0, [], [])]
    own, *further = loaded
    connection.execute("insert into raw.run_batches values (?)", [BATCH])
    return Trial(
        connection,
        source_map,
        file_map,
        rows=own.rows_read,
        loaded=own.rows_loaded,
        rejected=own.rejected,
        refusal=refusal,
        rest=own.rest,
        further={table.table: table.rows_loaded for table in further},
        left_out=own.rows_left_out,
    )


def _load(
    connection: duckdb.DuckDBPyConnection,
    scratch: Path,
    path: Path,
    source_map: SourceMap,
    file_map: FileMap,
) -> list[Loaded]:
    lineage: dict[str, object] = {
        "batch_id": BATCH,
        "extract_date": datetime.now(UTC).date(),
    }
    return load_file(connection, path, source_map, file_map, lambda _: lineage, scratch)
