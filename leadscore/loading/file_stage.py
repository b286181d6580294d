"""An extract file as a view of its rows, read strictly and counted twice."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path

import duckdb

from leadscore.loading import header
from leadscore.loading.debris import OTHER_HEADER, find_debris
from leadscore.loading.file_reader import (
    FileRefused,
    Record,
    check_zstd,
    file_format,
    find_header,
    find_records,
    read_header,
    refuse_other_kind,
    to_utf8,
    without_values,
)
from leadscore.loading.row_sql import (
    ROW,
    Fit,
    cleaned,
    escaped,
    identifier,
    literal,
    one_number,
)
from leadscore.loading.text_scan import TextScan, scan_text
from leadscore.source_maps import FileMap

ALWAYS_BORNE = 5  # bad rows that never refuse a file, unless its map says 0 %
EXAMPLES = 5  # bad rows that a refusal names

# Reads lines as they are, each as the one column of a row.
LINES = (
    "auto_detect = false, header = false, columns = {'line': 'varchar'}, "
    "delim = '\x01', quote = '', escape = '', strict_mode = false"
)


@dataclass(frozen=True)
class Rejected:
    """A row that did not enter raw.

    Attributes:
        number: Its number, as source_row would have been.
        line: The line of the file it begins on.
        column: The column at fault, if it is one: ours, or the file's where the cell
            itself is damaged.
        reason: What is wrong.
        text: The row as it was delivered.
        value: The value that the reason quotes, if it quotes one.
    """

    number: int
    line: int
    column: str
    reason: str
    text: str
    value: str | None = None

    @property
    def cause(self) -> str:
        """The reason without the row's value, which may be published."""
        return without_values(self.reason, [self.value] if self.value else [])


class TooManyRejected(FileRefused):
    """A file whose rows were told apart, but with more bad ones than its map bears."""

    def __init__(self, rejected: list[Rejected], count: int, rows: int, borne: int):
        """Name the first of the `count` bad ones among the rows of the file."""
        verdict = f"{count:,} of {rows:,} rows cannot be loaded (at most {borne:,} may)"
        if count == rows:
            verdict = f"none of its {rows:,} rows can be loaded"
        shown, more = rejected[:EXAMPLES], "; ..." if count > EXAMPLES else ""
        reasons = _told((row, row.reason) for row in shown)
        causes = _told((row, row.cause) for row in shown)
        super().__init__(f"{verdict}: {reasons}{more}", f"{verdict}: {causes}{more}")
        self.rows = rows


def _told(rows: Iterable[tuple[Rejected, str]]) -> str:
    """Say what is wrong with rows, each with its reason, and on which lines."""
    lines: dict[str, list[str]] = {}
    for row, reason in rows:
        reason = f"{row.column}: {reason}" if row.column else reason
        lines.setdefault(reason, []).append(str(row.line))
    return "; ".join(
        f"line{'s' if len(found) > 1 else ''} {', '.join(found)}: {reason}"
        for reason, found in lines.items()
    )


@dataclass
class Staged:
    """The rows of a file in the view `incoming`, as text or as Parquet typed them.

    Attributes:
        fit: How the file's columns fit its map.
        rows: Rows of the file, counted without reading them into DuckDB's tables.
        records: Finds the text of rows by their number.
        rejected: Rows that are not in the view: no row could be made of them.
        open_row: The number of the last row, if no line end closes it.
    """

    fit: Fit
    rows: int
    records: Callable[[set[int]], dict[int, Record]]
    rejected: list[Rejected] = field(default_factory=list)
    open_row: int | None = None


def stage(
    connection: duckdb.DuckDBPyConnection, path: Path, file_map: FileMap, scratch: Path
) -> Staged:
    """Put a file's rows into the temporary view `incoming`, numbered in `__row`.

    Args:
        connection: The warehouse.
        path: The extract file.
        file_map: The map's entry for it.
        scratch: An empty folder for copies in another encoding or compression.

    Raises:
        FileRefused: If the file as a whole cannot be trusted.
    """
    connection.execute("drop view if exists temp.incoming")
    for table in ("staged", "reject_errors", "reject_scans"):
        connection.execute(f"drop table if exists temp.{table}")
    if path.stat().st_size == 0:
        raise FileRefused("it is empty: not even a header")
    kind = file_format(path.name)
    if kind == "parquet":
        refuse_other_kind(path, kind)
        return _stage_parquet(connection, path, file_map)
    if path.suffix.lower() == ".zst":
        check_zstd(path)
        path = _unpack_zstd(connection, path, scratch / "unpacked.txt")
    refuse_other_kind(path, kind)
    if file_map.encoding != "utf-8":
        path = to_utf8(path, file_map.encoding, scratch / "utf8.txt")
    if kind == "jsonl":
        return _stage_jsonl(connection, path, file_map)
    if kind in ("log", "txt"):
        return _stage_log(connection, path, file_map)
    delimiter = "\t" if kind == "tsv" else file_map.delimiter
    return _stage_csv(connection, path, delimiter, file_map)


def rows_borne(rows: int, file_map: FileMap) -> int:
    """Return how many bad rows a file may have and still be loaded."""
    if not file_map.max_rejected_pct:
        return 0
    return max(ALWAYS_BORNE, int(rows * file_map.max_rejected_pct / 100))


def _stage_parquet(
    connection: duckdb.DuckDBPyConnection, path: Path, file_map: FileMap
) -> Staged:
    file = _file(path)
    rows = one_number(
        connection.execute(f"select num_rows from parquet_file_metadata({file})")
    )
    names = header.top_level(
        connection.execute(
            f"select name, num_children from parquet_schema({file})"
        ).fetchall()
    )
    fit = header.check(names, file_map, "its columns")
    texts = connection.execute(
        f"select column_name from (describe select * from read_parquet({file})) "
        f"where column_type = 'VARCHAR'"
    ).fetchall()
    _create_incoming(
        connection,
        {
            name: cleaned(identifier(name), file_map.null_values)
            if (name,) in texts
            else identifier(name)
            for name in names
        },
        f"read_parquet({file}, file_row_number = true)",
        fit,
        row="file_row_number + 1",
    )

    def records(wanted: set[int]) -> dict[int, Record]:
        pairs = ", ".join(f"{literal(name)}, {identifier(name)}" for name in names)
        return _records(
            connection, "incoming", f"json_object({pairs})::varchar", wanted
        )

    return Staged(fit, rows, records)


def _stage_jsonl(
    connection: duckdb.DuckDBPyConnection, path: Path, file_map: FileMap
) -> Staged:
    scan = _read_lines(
        connection,
        path,
        "case when not json_valid(line) or json_type(line) != 'OBJECT' then 'it is not "
        "one JSON object' when len(list_distinct(json_keys(line))) != "
        "len(json_keys(line)) then 'it names a key twice' end",
    )
    keys = connection.execute(
        f"select name, min({ROW}) from (select unnest(json_keys(line)) as name, {ROW} "
        f"from staged where problem is null) group by name order by name"
    ).fetchall()
    if not keys:
        raise FileRefused(
            "line 1: it is not one JSON object: a .jsonl file has one a line"
        )
    names = [name for name, _ in keys]
    newest, line = max(keys, key=lambda key: key[1])
    place = "its keys"
    if newest not in file_map.file_columns:
        place = f"its keys (line {line} is the first with '{newest}')"
    fit = header.check(names, file_map, place)
    shape = literal(json.dumps(dict.fromkeys(names, "VARCHAR")))
    _create_incoming(
        connection,
        {
            name: cleaned(f"fields.{identifier(name)}", file_map.null_values)
            for name in names
        },
        f"(select {ROW}, json_transform(line, {shape}) as fields "
        f"from staged where problem is null)",
        fit,
    )
    bad = connection.execute(
        f"select {ROW}, problem, line from staged where problem is not null "
        f"order by {ROW}"
    ).fetchall()
    rejected = [Rejected(row, row, "", reason, text) for row, reason, text in bad]
    return _staged_lines(connection, fit, scan, rejected)


def _stage_log(
    connection: duckdb.DuckDBPyConnection, path: Path, file_map: FileMap
) -> Staged:
    """Stage a file without a header: a line is a row, its only column is `line`."""
    scan = _read_lines(connection, path, "null::varchar")
    fit = header.check(["line"], file_map)
    _create_incoming(connection, {"line": "line"}, "staged", fit)
    return _staged_lines(connection, fit, scan, [])


def _read_lines(
    connection: duckdb.DuckDBPyConnection, path: Path, problem: str
) -> TextScan:
    """Put the lines that are not blank into `staged`, with what is wrong with each."""
    scan = scan_text(path, "", is_csv=False)
    if not scan.records:
        raise FileRefused("it is empty: it holds blank lines only")
    connection.execute(
        f"create temp table staged as select {ROW}, line, {problem} as problem "
        f"from (select row_number() over () as {ROW}, line "
        f"from read_csv({_csv_file(path)}, {LINES})) where line is not null"
    )
    found = one_number(connection.execute("select count(*) from staged"))
    if found != scan.records:
        raise FileRefused(
            f"of its {scan.records:,} lines DuckDB reads {found:,}: some end with a "
            f"lone CR. Write the file with LF or CRLF"
        )
    return scan


def _staged_lines(
    connection: duckdb.DuckDBPyConnection,
    fit: Fit,
    scan: TextScan,
    rejected: list[Rejected],
) -> Staged:
    last = one_number(connection.execute(f"select max({ROW}) from staged"))

    def records(wanted: set[int]) -> dict[int, Record]:
        return _records(connection, "staged", "line", wanted)

    return Staged(
        fit,
        scan.records,
        records,
        rejected=rejected,
        open_row=None if scan.ends_cleanly else last,
    )


def _stage_csv(
    connection: duckdb.DuckDBPyConnection,
    path: Path,
    delimiter: str,
    file_map: FileMap,
) -> Staged:
    quote = file_map.quote
    scan = scan_text(path, quote, is_csv=True)
    rows = scan.records - 1
    all_names = header.named(read_header(path, delimiter, quote))
    wanted = file_map.file_columns
    if wanted.isdisjoint(all_names) and (
        line := find_header(path, delimiter, quote, wanted)
    ):
        raise FileRefused(
            f"line 1 does not name the columns, but line {line} does: take away what "
            f"stands above it"
        )
    header.refuse_other_delimiter(all_names, delimiter)
    names = [name for name in all_names if not header.is_unnamed(name)]
    fit = header.check(names, file_map)
    columns = ", ".join(f"{literal(name)}: 'varchar'" for name in all_names)
    file = _csv_file(path)
    connection.execute(
        f"create temp table staged as select row_number() over () + 1 as {ROW}, * "
        f"from read_csv({file}, auto_detect = false, header = false, skip = 1, "
        f"columns = {{{columns}}}, delim = {literal(delimiter)}, "
        f"quote = {literal(quote)}, escape = {literal(quote)}, strict_mode = true, "
        f"null_padding = false, store_rejects = true)"
    )
    rejected = _csv_rejects(connection, path, delimiter, rows, file_map)
    found = one_number(connection.execute("select count(*) from staged"))
    if found + len(rejected) != rows:
        raise FileRefused(
            f"it has {rows:,} rows by its line ends and quotes, but DuckDB tells "
            f"{found + len(rejected):,} apart: a quote inside a field is not doubled "
            f'(if the files have no quoting at all, say `quote: ""` in the source map)'
        )
    header.refuse_unnamed_values(connection, all_names, "staged")
    rejected += _csv_debris(connection, path, names, rows, file_map)
    _create_incoming(
        connection,
        {name: cleaned(identifier(name), file_map.null_values) for name in names},
        "staged",
        fit,
    )

    def records(wanted: set[int]) -> dict[int, Record]:
        return find_records(path, quote, wanted, count_blank=False)

    return Staged(
        fit,
        rows,
        records,
        rejected=rejected,
        open_row=None if scan.ends_cleanly else scan.records,
    )


def _csv_rejects(
    connection: duckdb.DuckDBPyConnection,
    path: Path,
    delimiter: str,
    rows: int,
    file_map: FileMap,
) -> list[Rejected]:
    """Return the rows DuckDB rejected, and number the ones behind them anew."""
    errors = connection.execute(
        "select line, first(coalesce(column_name, '') order by column_idx), "
        "first(error_type::varchar order by column_idx), "
        "first(error_message order by column_idx) "
        "from reject_errors group by line order by line"
    ).fetchall()
    if not errors:
        return []
    borne = rows_borne(rows, file_map)
    wanted = errors[:EXAMPLES] if len(errors) > borne else errors
    records = find_records(
        path, file_map.quote, {line for line, *_ in wanted}, count_blank=True
    )
    rejected = []
    for line, column, kind, message in wanted:
        if line not in records:
            raise FileRefused(f"row {line}: {kind.lower()}: {message}")
        record = records[line]
        reason = _csv_reason(kind, message, record.text, file_map.quote, delimiter)
        column = "" if "COLUMNS" in kind else column
        rejected.append(
            Rejected(record.number, record.line, column, reason, record.text)
        )
    if len(errors) > borne:
        raise TooManyRejected(rejected, len(errors), rows, borne)
    # DuckDB numbered the good rows as if the rejected ones were not there.
    shifts = {row.number - index: index + 1 for index, row in enumerate(rejected)}
    connection.execute(
        f"update staged set {ROW} = {ROW} + shift "
        f"from (select place, shift from (select {ROW} as place from staged) asof join "
        f"(select unnest(?::bigint[]) as since, unnest(?::bigint[]) as shift) "
        f"on place >= since) where {ROW} = place",
        [list(shifts), list(shifts.values())],
    )
    return rejected


def _csv_debris(
    connection: duckdb.DuckDBPyConnection,
    path: Path,
    names: list[str],
    rows: int,
    file_map: FileMap,
) -> list[Rejected]:
    """Take the rows that are no data, or hold damaged cells, out of `staged`."""
    found = find_debris(connection, names, file_map)
    borne = rows_borne(rows, file_map)
    others = [debris for debris in found if debris[2] == OTHER_HEADER]
    wanted = others or (found[:EXAMPLES] if len(found) > borne else found)
    records = find_records(
        path, file_map.quote, {row for row, *_ in wanted}, count_blank=False
    )
    rejected = [
        Rejected(row, records[row].line, column, reason, records[row].text, value)
        for row, column, reason, value in wanted
    ]
    if others:
        raise FileRefused(f"line {rejected[0].line}: {OTHER_HEADER}")
    if len(found) > borne:
        raise TooManyRejected(rejected, len(found), rows, borne)
    connection.execute(
        f"delete from staged where {ROW} in (select unnest(?::bigint[]))",
        [[row for row, *_ in found]],
    )
    return rejected


def _csv_reason(kind: str, message: str, text: str, quote: str, delimiter: str) -> str:
    wrapped = quote and text.startswith(quote) and text.endswith(quote)
    if kind == "MISSING COLUMNS" and wrapped and delimiter in text:
        return "the whole row is wrapped in one more pair of quotes"
    if kind == "UNQUOTED VALUE":
        return "a quote inside the field is not doubled"
    return f"{kind.lower()}: {message}"


def _create_incoming(
    connection: duckdb.DuckDBPyConnection,
    columns: dict[str, str],
    origin: str,
    fit: Fit,
    row: str = ROW,
) -> None:
    columns = columns | dict.fromkeys(fit.lacking, "null::varchar")
    selected = ", ".join(
        f"{value} as {identifier(name)}" for name, value in columns.items()
    )
    connection.execute(
        f"create temp view incoming as select {row} as {ROW}, {selected} from {origin}"
    )


def _records(
    connection: duckdb.DuckDBPyConnection, table: str, text: str, wanted: set[int]
) -> dict[int, Record]:
    found = connection.execute(
        f"select {ROW}, {text} from {table} "
        f"where {ROW} in (select unnest(?::bigint[]))",
        [sorted(wanted)],
    ).fetchall()
    return {row: Record(row, row, content) for row, content in found}


def _unpack_zstd(
    connection: duckdb.DuckDBPyConnection, path: Path, target: Path
) -> Path:
    """Unpack with DuckDB, line by line: Python reads no zstd before 3.14."""
    connection.execute(
        f"copy (from read_csv({_csv_file(path)}, {LINES})) to {literal(str(target))} "
        f"(format csv, header false, delimiter '\x01', quote '', escape '')"
    )
    return target


def _csv_file(path: Path) -> str:
    """Return the file with its compression, which DuckDB knows by lower case alone."""
    kind = {".gz": "gzip", ".zst": "zstd"}.get(path.suffix.lower(), "none")
    return f"{_file(path)}, compression = {literal(kind)}"


def _file(path: Path) -> str:
    return literal(escaped(path))
