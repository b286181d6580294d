"""Extract files into raw tables, batch by batch, until their validation says yes or no.

Values of foreign files never become SQL: names are quoted and texts are bound. What
source maps hold is checked (expressions.py), and evaluated on a connection that can
open nothing but the files to be loaded.
"""

from __future__ import annotations

import logging
import tempfile
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

import duckdb

from leadscore import warehouse
from leadscore.errors import LeadscoreError
from leadscore.extracts import Extract, find_extracts
from leadscore.loading import batches, keys, quarantine, snapshots, source_columns
from leadscore.loading.batches import Batch
from leadscore.loading.file_loader import Loaded, load_file
from leadscore.loading.file_reader import FileRefused, checksum
from leadscore.loading.file_stage import TooManyRejected
from leadscore.loading.row_sql import escaped, literal, one_number, prepare
from leadscore.settings import Settings
from leadscore.source_maps import (
    FileMap,
    SourceMap,
    find_map,
    is_skipped,
    load_maps,
)

NAMED = 5  # files that a message names

logger = logging.getLogger(__name__)


def load(settings: Settings, source: str, day: date) -> list[Batch]:
    """Load every file of a source delivered by a day that is not loaded yet.

    Each file is one transaction. The order of files, rows and ids depends on nothing
    but the files, and a second call changes nothing.

    A refused file does not hold up the others: they are loaded, then the error names
    every refused file that still lies there, at each call, until it is mended or taken
    away. It is tried again only when it, its day's folder or its source's maps have
    changed since. A refused snapshot that a later day's snapshot has made up for is
    only warned of.

    Returns:
        The pending batches: those loaded now and those of an earlier run that were
        never judged.

    Raises:
        LeadscoreError: If a file is refused or no map reads it, or a map is wrong.
    """
    maps = load_maps(settings, source)
    extracts = find_extracts(settings, source, day)
    trouble, unknown = [], []
    files = [extract.path for extract in extracts]
    with connect(settings, files) as (connection, scratch):
        with _transaction(connection):
            source_columns.record_outcomes(connection, maps)
            _note_patterns(connection, maps)
        refused = []
        for extract in extracts:
            if problem := _unreadable(extract):
                trouble.append(problem)
            elif found := find_map(maps, extract.name):
                batch = _load_if_new(connection, settings, scratch, extract, *found)
                refused += [batch] if batch and batch.status == "refused" else []
            elif not is_skipped(maps, extract.name):
                unknown.append(extract)
        while wrong := (
            snapshots.find_shrunk(connection, maps)
            or keys.find_reused(connection, source)
        ):
            refused += _refuse_batches(connection, settings, *wrong)
        with _transaction(connection):
            keys.count_repeats(connection, source)
        if unknown:
            trouble.append(_unknown_files(settings, unknown, maps))
        trouble += _report(connection, settings, refused)
        pending = batches.read(
            connection, "source = ? and status = 'pending'", [source]
        )
    if trouble:
        raise LeadscoreError("\n".join(trouble))
    return pending


def accept(settings: Settings, source: str) -> None:
    """Accept a source's pending batches; what they replace is superseded."""
    with warehouse.connect(settings) as connection, _transaction(connection):
        connection.execute(
            "update raw.batches set status = 'superseded' where status = 'accepted' "
            "and file in (select file from raw.batches "
            "where source = ? and status = 'pending')",
            [source],
        )
        connection.execute(
            "update raw.batches set status = 'accepted' "
            "where source = ? and status = 'pending'",
            [source],
        )


def refuse(settings: Settings, source: str, reason: str, cause: str) -> None:
    """Refuse a source's pending batches; their rows leave raw for the quarantine.

    Args:
        settings: The world.
        source: The source.
        reason: Why, as the terminal tells it.
        cause: The same without values of rows, which may be published.
    """
    with warehouse.connect(settings) as connection:
        pending = batches.read(
            connection, "source = ? and status = 'pending'", [source]
        )
        _refuse_batches(connection, settings, pending, reason, cause)


@contextmanager
def connect(
    settings: Settings, files: Iterable[Path]
) -> Iterator[tuple[duckdb.DuckDBPyConnection, Path]]:
    """Open the warehouse to load files into it, with a scratch folder for copies.

    Through this connection nothing but these files, the scratch folder and the
    quarantine can be read or written, and no setting be changed.
    """
    with (
        warehouse.connect(settings) as connection,
        tempfile.TemporaryDirectory(dir=settings.data, prefix=".load_") as scratch,
    ):
        # This optimizer may lift an expression out of TRY(), where its error is fatal.
        connection.execute("set disabled_optimizers = 'common_subexpressions'")
        prepare(connection, settings.time_zone)
        names = [name for path in files for name in (str(path), escaped(path))]
        folders = [scratch, str(settings.quarantine)]
        connection.execute(f"set allowed_paths = [{', '.join(map(literal, names))}]")
        connection.execute(
            f"set allowed_directories = [{', '.join(map(literal, folders))}]"
        )
        connection.execute("set enable_external_access = false")
        connection.execute("set lock_configuration = true")
        yield connection, Path(scratch)


@contextmanager
def _transaction(connection: duckdb.DuckDBPyConnection) -> Iterator[None]:
    connection.execute("begin")
    try:
        yield
    except BaseException:
        connection.execute("rollback")
        raise
    connection.execute("commit")


def _note_patterns(
    connection: duckdb.DuckDBPyConnection, maps: list[SourceMap]
) -> None:
    """Note the pattern of batches that were loaded before patterns were noted."""
    for batch in batches.read(
        connection, "source = ? and pattern is null", [maps[0].source]
    ):
        if found := find_map(maps, batch.file.rpartition("/")[2]):
            connection.execute(
                "update raw.batches set pattern = ? where batch_id = ?",
                [", ".join(found[1].pattern), batch.batch_id],
            )


def _load_if_new(
    connection: duckdb.DuckDBPyConnection,
    settings: Settings,
    scratch: Path,
    extract: Extract,
    source_map: SourceMap,
    file_map: FileMap,
) -> Batch | None:
    """Return the file's batch if it was loaded or refused, now or before."""
    now = datetime.now(UTC).replace(tzinfo=None)
    of_place = batches.read(
        connection, "file = ? and table_name = ?", [extract.place, file_map.table]
    )
    sha256 = batches.known_checksum(extract, of_place) or checksum(extract.path)
    batch = batches.new_batch(extract, sha256, source_map, file_map, now)
    for known in of_place:
        if known.sha256 != sha256:
            continue
        if known.status in ("pending", "accepted"):
            return known
        changed_at = _last_change(extract, source_map)
        if (
            known.status == "refused"
            and known.map_name == source_map.name
            and not batches.changed_since(changed_at, known)
        ):
            return known
    if not any(known.status in ("pending", "accepted") for known in of_place):
        for twin in batches.read(
            connection,
            "source = ? and extract_date = ? and table_name = ? and sha256 = ? "
            "and file != ? and status in ('pending', 'accepted', 'superseded')",
            [batch.source, extract.day, batch.table_name, sha256, extract.place],
        ):
            logger.info("%s repeats %s: not loaded again", extract.place, twin.file)
            return None
    return _load(
        connection, settings, scratch, extract.path, batch, source_map, file_map
    )


def _load(
    connection: duckdb.DuckDBPyConnection,
    settings: Settings,
    scratch: Path,
    path: Path,
    batch: Batch,
    source_map: SourceMap,
    file_map: FileMap,
) -> Batch:
    started = time.monotonic()
    size, changed_at = batch.bytes, path.stat().st_mtime_ns
    try:
        with (
            tempfile.TemporaryDirectory(dir=scratch) as copies,
            _transaction(connection),
        ):
            _drop_unjudged(connection, batch, file_map)
            of_tables = {
                entry.table: batches.further_batch(batch, entry.table)
                for entry in file_map.also
            } | {batch.table_name: batch}

            def lineage(table: str) -> dict[str, object]:
                of_table = of_tables[table]
                return {
                    "batch_id": of_table.batch_id,
                    "extract_date": of_table.extract_date,
                }

            loaded = load_file(
                connection, path, source_map, file_map, lineage, Path(copies)
            )
            for table in loaded:
                batch_id = of_tables[table.table].batch_id
                keys.refuse_rounded(connection, table.table, batch_id)
            if path.stat().st_size != size or path.stat().st_mtime_ns != changed_at:
                raise FileRefused(
                    "it was changed while it was read: deliver under a name that ends "
                    "in .part, and rename the file when it is whole"
                )
            batch, *further = [
                _counted(of_tables[table.table], table) for table in loaded
            ]
            for counted, table in zip((batch, *further), loaded, strict=True):
                batches.write(connection, counted)
                quarantine.note_reasons(connection, counted.batch_id, table.rejected)
            _keep_rejected(settings, batch, loaded)
            _record_columns(connection, file_map, [batch, *further], loaded)
    except FileRefused as error:
        rows = error.rows if isinstance(error, TooManyRejected) else 0
        batch = replace(
            batch,
            status="refused",
            reason=str(error),
            cause=error.cause,
            rows_read=rows,
            rows_rejected=rows,
        )
        with _transaction(connection):
            _drop_unjudged(connection, batch, file_map)
            batches.write(connection, batch)
        quarantine.clear(settings, batch.file)
        quarantine.keep_reason(settings, batch.file, str(error))
        logger.error("%s refused: %s", batch.file, error)
        return batch
    for counted in (batch, *further):
        logger.info(
            "%s -> raw.%s: %s rows read, %s loaded, %s rejected in %.1f s",
            counted.file,
            counted.table_name,
            f"{counted.rows_read:,}",
            f"{counted.rows_loaded:,}",
            f"{counted.rows_rejected:,}",
            time.monotonic() - started,
        )
    return batch


def _record_columns(
    connection: duckdb.DuckDBPyConnection,
    file_map: FileMap,
    of_tables: list[Batch],
    loaded: list[Loaded],
) -> None:
    """Remember which columns each table keeps of a file."""
    entries = {entry.table: entry for entry in file_map.every}
    for batch, table in zip(of_tables, loaded, strict=True):
        entry = entries[table.table]
        made = source_columns.keys_made(connection, entry, batch.batch_id)
        place = [batch.source, batch.map_name, table.table]
        source_columns.record_rest(connection, place, entry, table.rest or made)


def _counted(batch: Batch, loaded: Loaded) -> Batch:
    return replace(
        batch,
        rows_read=loaded.rows_read,
        rows_loaded=loaded.rows_loaded,
        rows_rejected=len(loaded.rejected),
        rows_left_out=loaded.rows_left_out,
    )


def _keep_rejected(settings: Settings, batch: Batch, loaded: list[Loaded]) -> None:
    # Before the commit: a crash then leaves a quarantine file that is written again.
    quarantine.clear(settings, batch.file)
    rejected = [row for table in loaded for row in table.rejected]
    if rejected:
        rejected.sort(key=lambda row: row.number)
        quarantine.keep_rows(settings, batch.file, rejected)


def _drop_unjudged(
    connection: duckdb.DuckDBPyConnection, batch: Batch, file_map: FileMap
) -> None:
    """Drop the same content's rows, and set aside what still waits at its place."""
    further = [batches.further_batch(batch, entry.table) for entry in file_map.also]
    for each in (batch, *further):
        connection.execute(
            f"delete from raw.{each.table_name} where batch_id = ?", [each.batch_id]
        )
    connection.execute(
        "update raw.batches set status = 'superseded' "
        "where file = ? and status = 'pending'",
        [batch.file],
    )


def _last_change(extract: Extract, source_map: SourceMap) -> float:
    folder = extract.path.parent
    paths = [folder, *folder.iterdir(), source_map.path, source_map.path.parent]
    return max(path.stat().st_ctime for path in paths)


def _refuse_batches(
    connection: duckdb.DuckDBPyConnection,
    settings: Settings,
    refused: list[Batch],
    reason: str,
    cause: str,
) -> list[Batch]:
    """Refuse batches, and with them what else came of their files."""
    files = list(dict.fromkeys(batch.file for batch in refused))
    refused = batches.read(
        connection, "status = 'pending' and list_contains(?, file)", [files]
    )
    with _transaction(connection):
        for batch in refused:
            if batches.is_of_file(batch):
                quarantine.keep_batch(connection, settings, batch)
                quarantine.keep_reason(settings, batch.file, reason)
            connection.execute(
                f"delete from raw.{batch.table_name} where batch_id = ?",
                [batch.batch_id],
            )
            connection.execute(
                "update raw.batches set status = 'refused', reason = ?, cause = ?, "
                "rows_loaded = 0, rows_rejected = rows_read where batch_id = ?",
                [reason, cause, batch.batch_id],
            )
    for file in files:
        logger.error("%s refused: %s", file, reason)
    return [
        replace(batch, status="refused", reason=reason, cause=cause)
        for batch in refused
        if batches.is_of_file(batch)
    ]


def _unreadable(extract: Extract) -> str | None:
    try:
        with extract.path.open("rb"):
            return None
    except OSError as error:
        return (
            f"{extract.place}: it cannot be opened ({error.strerror}): let the user "
            f"that runs this read it, or take it away"
        )


def _unknown_files(
    settings: Settings, extracts: list[Extract], maps: list[SourceMap]
) -> str:
    places = ", ".join(extract.place for extract in extracts[:NAMED])
    if len(extracts) > NAMED:
        places += f" and {len(extracts) - NAMED} more"
    patterns = ", ".join(
        pattern
        for source_map in maps
        for file_map in source_map.files
        for pattern in file_map.pattern
    )
    folder = maps[0].path.parent
    told = (
        f"{places}: no source map reads a file of this name (they read {patterns}): "
        f"add a pattern in {folder}, or name under skip: there what nobody wants"
    )
    named = [name for name in settings.maps_in_use if name != "generic"]
    if named and settings.config and folder.is_relative_to(settings.config):
        told += (
            f" ({','.join(named)} is not looked at for {extracts[0].source}, as "
            f"{folder} has maps of your own: copy there what you want of ours)"
        )
    return told


def _report(
    connection: duckdb.DuckDBPyConnection, settings: Settings, refused: list[Batch]
) -> list[str]:
    trouble = []
    for batch in refused:
        later = connection.execute(
            "select count(*) from raw.batches where map_name = ? and table_name = ? "
            "and extract_date > ? and status in ('pending', 'accepted')",
            [batch.map_name, batch.table_name, batch.extract_date],
        )
        if batch.delivery == "snapshot" and one_number(later):
            logger.warning("%s stays refused: %s", batch.file, batch.reason)
        else:
            reason_file = quarantine.place(settings, batch.file, ".reason.txt")
            trouble.append(
                f"{batch.file} was refused: {batch.reason}. Deliver it again mended, "
                f"or take it away; see {reason_file}"
            )
    return trouble
