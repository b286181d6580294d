"""One extract file into its raw table: good rows in, each bad one with its reason."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import duckdb

from leadscore.errors import LeadscoreError
from leadscore.loading import forgotten, header
from leadscore.loading.file_reader import FileRefused
from leadscore.loading.file_stage import (
    EXAMPLES,
    Rejected,
    Staged,
    TooManyRejected,
    rows_borne,
    stage,
)
from leadscore.loading.row_sql import (
    KEY,
    ROW,
    BadExpression,
    RowQuery,
    build,
    chosen,
    explain,
    further_rows,
    one_number,
    shortened,
)
from leadscore.source_maps import FileMap, SourceMap

# Not the file's fault: such an error must not refuse it.
OUR_OWN_TROUBLE = (
    duckdb.OutOfMemoryException,
    duckdb.InternalException,
    duckdb.FatalException,
    duckdb.InterruptException,
    duckdb.TransactionException,
)


@dataclass(frozen=True)
class Loaded:
    """What a raw table got of a file: each row was loaded or rejected.

    Attributes:
        table: The raw table.
        rows_read: Rows of the file, or those that a further table is made of.
        rows_loaded: Rows that are in raw now.
        rejected: The others, those of people who asked to be forgotten among them.
        rest: Columns of the file that its table keeps in attributes or properties.
        rows_left_out: Rows of the file that no `where` takes, neither its own table's
            nor a further one's.
    """

    table: str
    rows_read: int
    rows_loaded: int
    rejected: list[Rejected]
    rest: list[str]
    rows_left_out: int = 0


def load_file(
    connection: duckdb.DuckDBPyConnection,
    path: Path,
    source_map: SourceMap,
    file_map: FileMap,
    lineage: Callable[[str], dict[str, object]],
    scratch: Path,
) -> list[Loaded]:
    """Load one file into its raw tables, inside the caller's transaction.

    Args:
        connection: The warehouse.
        path: The extract file.
        source_map: The map that reads it.
        file_map: The map's entry for it.
        lineage: Gives the batch_id and extract_date of the rows in a raw table.
        scratch: An empty folder for copies in another encoding or compression.

    Returns:
        What became of its rows, and behind it what further tables got of them.

    Raises:
        FileRefused: If it cannot be loaded; the transaction must be rolled back.
        LeadscoreError: If an expression of the map is wrong.
    """
    try:
        staged = stage(connection, path, file_map, scratch)
        loaded = [_insert(connection, staged, file_map, lineage)]
        if file_map.where:
            takes = " or ".join(chosen(entry) for entry in file_map.every)
            left_out = _count(connection, f"incoming where not ({takes})")
            loaded[0] = replace(loaded[0], rows_left_out=left_out)
        for further, rows in _further(connection, staged, file_map):
            loaded.append(_insert(connection, rows, further, lineage, "further"))
    except BadExpression as error:
        raise LeadscoreError(f"{source_map.path}: {error}") from error
    except OUR_OWN_TROUBLE:
        raise
    except duckdb.Error as error:
        message = str(error).splitlines()[0]
        if "Maximum line size" in str(error):
            line = "".join(re.findall(r"on Line: (\d+)", message))
            raise FileRefused(f"line {line} is longer than 2 MB") from error
        if "No space left" in message or "Could not write" in message:
            raise
        cause = "DuckDB cannot read it"
        raise FileRefused(f"{cause}: {message}", cause) from error
    for table in loaded:
        if table.rows_read != table.rows_loaded + len(table.rejected):
            raise AssertionError(f"{path}: rows are lost: {table}")
    return loaded


def rows_of_forgotten(
    connection: duckdb.DuckDBPyConnection,
    path: Path,
    file_map: FileMap,
    scratch: Path,
) -> list[int]:
    """Return the numbers of a file's rows that name somebody who was forgotten.

    The arguments are those of `load_file`, but nothing is loaded.

    Raises:
        FileRefused: If the file cannot be read.
    """
    try:
        staged = stage(connection, path, file_map, scratch)
        # A row that `where` leaves out names them in the file all the same.
        query = build(connection, staged.fit, _of_all_rows(file_map))
        found = {n for (n,) in connection.execute(query.forgotten_rows).fetchall()}
        for further, rows in _further(connection, staged, file_map):
            query = build(connection, rows.fit, _of_all_rows(further), "further")
            found |= {n for (n,) in connection.execute(query.forgotten_rows).fetchall()}
    except (BadExpression, duckdb.Error) as error:
        raise FileRefused(str(error).splitlines()[0]) from error
    people = forgotten.read(connection)
    broken = {row.number for row in staged.rejected if people.named_in(row.text)}
    return sorted(found | broken)


def _of_all_rows(file_map: FileMap) -> FileMap:
    return file_map.model_copy(update={"where": None})


def _further(
    connection: duckdb.DuckDBPyConnection, staged: Staged, file_map: FileMap
) -> Iterator[tuple[FileMap, Staged]]:
    """Yield each further table's entry, with its rows in the view `further`."""
    names = [
        name
        for name, *_ in connection.execute("describe incoming").fetchall()
        if name != ROW and name not in staged.fit.lacking
    ]
    for entry in file_map.also:
        if header.feeds(names, entry):
            further = further_rows(connection, entry)
            rows = _count(connection, "further")
            fit = header.check([*names, KEY], further)
            yield further, Staged(fit, rows, staged.records)


def _insert(
    connection: duckdb.DuckDBPyConnection,
    staged: Staged,
    file_map: FileMap,
    lineage: Callable[[str], dict[str, object]],
    rows: str = "incoming",
) -> Loaded:
    query = build(connection, staged.fit, file_map, rows)
    if file_map.where:
        taken = _count(connection, f"{rows} where {chosen(file_map)}")
        staged = replace(staged, rows=taken + len(staged.rejected))
    of_rows = lineage(file_map.table)
    columns = ", ".join([*of_rows, "source_row", *query.columns])
    loaded = one_number(
        connection.execute(
            f"insert into raw.{file_map.table} ({columns}) {query.good_rows}",
            list(of_rows.values()),
        )
    )
    withheld = [n for (n,) in connection.execute(query.forgotten_rows).fetchall()]
    count = staged.rows - loaded - len(withheld)
    rejected = _judge(connection, staged, query, file_map, count) if count else []
    rejected = _without_texts(connection, rejected)
    lines = staged.records(set(withheld)) if withheld else {}
    rejected += [
        Rejected(number, lines[number].line, "", forgotten.REASON, "")
        for number in withheld
    ]
    rejected.sort(key=lambda row: row.number)
    return Loaded(file_map.table, staged.rows, loaded, rejected, staged.fit.rest)


def _count(connection: duckdb.DuckDBPyConnection, rows: str) -> int:
    return one_number(connection.execute(f"select count(*) from {rows}"))


def _judge(
    connection: duckdb.DuckDBPyConnection,
    staged: Staged,
    query: RowQuery,
    file_map: FileMap,
    count: int,
) -> list[Rejected]:
    """Return the rows that cannot be loaded; refuse the file if they are too many."""
    borne = rows_borne(staged.rows, file_map)
    refuse = count > borne or count == staged.rows
    found = connection.execute(
        query.bad_rows + (f" limit {EXAMPLES}" if refuse else "")
    ).fetchall()
    records = staged.records({number for number, *_ in found})
    rejected = list(staged.rejected)
    for number, column, problem, value in found:
        record = records[number]
        reason = explain(problem, column, value, file_map)
        rejected.append(
            Rejected(number, record.line, column, reason, record.text, shortened(value))
        )
    rejected.sort(key=lambda row: row.number)
    if refuse:
        raise TooManyRejected(rejected, count, staged.rows, borne)
    if rejected and rejected[-1].number == staged.open_row:
        last = rejected[-1]
        told = (
            f"line {last.line}: it seems cut off there: the last row has no line end "
            f"and cannot be loaded"
        )
        raise FileRefused(f"{told} ({last.reason})", f"{told} ({last.cause})")
    return rejected


def _without_texts(
    connection: duckdb.DuckDBPyConnection, rejected: list[Rejected]
) -> list[Rejected]:
    """Withhold the text of broken rows that name somebody who was forgotten."""
    people = forgotten.read(connection)
    return [
        replace(row, column="", reason=forgotten.REASON, text="")
        if people.named_in(row.text)
        else row
        for row in rejected
    ]
