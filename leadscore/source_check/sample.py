"""A first look at an unknown file: its form, its columns, some rows."""

from __future__ import annotations

import codecs
import csv
import json
import re
from collections import Counter
from dataclasses import dataclass
from io import TextIOWrapper
from itertools import islice
from pathlib import Path

import duckdb

from leadscore.errors import LeadscoreError
from leadscore.loading.file_reader import (
    BLOCK,
    TORN,
    FileRefused,
    check_zstd,
    file_format,
    open_bytes,
    torn,
)
from leadscore.loading.file_stage import LINES
from leadscore.loading.header import DELIMITERS, is_unnamed, named
from leadscore.loading.row_sql import escaped, literal
from leadscore.settings import SOURCES

ROWS = 5000  # enough to tell the 3rd of April from the 4th of March
UTF_16 = (b"\xff\xfe", b"\xfe\xff")
ZIP = b"PK\x03\x04"
# What no column is called: an address, or something made of digits.
VALUE = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+|[\d.,:/ +-]*\d[\d.,:/ +-]*")

Row = dict[str, str | None]


@dataclass(frozen=True)
class Sample:
    """A file's form as it seems to be, and its first rows as text.

    Attributes:
        path: The file.
        kind: csv, tsv, jsonl, parquet, log or txt.
        encoding: Of a text file; cp1252 is a guess.
        delimiter: Of a CSV file.
        names: Its columns.
        rows: Its first rows; blank is null.
        is_whole: Whether it has no others.
    """

    path: Path
    kind: str
    encoding: str
    delimiter: str
    names: list[str]
    rows: list[Row]
    is_whole: bool

    @property
    def seen(self) -> str:
        """Say behind a count which rows were counted, if they are not all."""
        return "" if self.is_whole else f" in the first {len(self.rows):,} rows"

    @property
    def source(self) -> str | None:
        """The source whose delivery it is, if it lies where one does."""
        *_, extracts, source, _ = ("", "", *self.path.resolve().parent.parts)
        return source if extracts == "extracts" and source in SOURCES else None

    def values(self, name: str) -> list[str]:
        """Return what is known in a column."""
        return [value for row in self.rows if (value := row.get(name))]


def look_at(path: Path) -> Sample:
    """Look at a file's form and its first rows.

    Raises:
        LeadscoreError: If it is no file that could ever be loaded.
    """
    if not path.is_file():
        raise LeadscoreError(f"{path}: there is no such file")
    try:
        return _look_at(path)
    except TORN as error:
        raise LeadscoreError(f"{path}: {torn(error)}") from error
    except UnicodeError as error:
        raise LeadscoreError(
            f"{path}: it is encoded neither in UTF-8 nor in UTF-16 or Windows-1252: "
            f"save it as UTF-8"
        ) from error
    except (FileRefused, duckdb.Error, csv.Error) as error:
        raise LeadscoreError(f"{path}: {str(error).splitlines()[0]}") from error


def _look_at(path: Path) -> Sample:
    rows: list[Row]
    kind = file_format(path.name)
    if path.stat().st_size == 0:
        raise FileRefused("it is empty: not even a header")
    if kind == "parquet":
        names, rows = _parquet(path)
        return Sample(path, kind, "utf-8", ",", names, rows, len(rows) < ROWS)
    encoding, lines = _lines(path)
    if not any(line.strip() for line in lines):
        raise FileRefused("it is empty: it holds blank lines only")
    is_whole = len(lines) < ROWS
    if kind == "jsonl":
        return Sample(path, kind, encoding, ",", *_json(lines), is_whole)
    if kind in ("log", "txt"):  # each line is a row, as the loader has it
        rows = [{"line": line.strip()} for line in lines if line.strip()]
        return Sample(path, kind, encoding, ",", ["line"], rows, is_whole)
    delimiter = "\t" if kind == "tsv" else _delimiter(lines)
    return Sample(path, kind, encoding, delimiter, *_csv(lines, delimiter), is_whole)


def _parquet(path: Path) -> tuple[list[str], list[Row]]:
    with duckdb.connect() as connection:
        connection.execute("set TimeZone = 'UTC'")
        found = connection.execute(
            f"select columns(*)::varchar from read_parquet({literal(escaped(path))}) "
            f"limit {ROWS}"
        )
        names = [column[0] for column in found.description]
        return names, [dict(zip(names, row, strict=True)) for row in found.fetchall()]


def _lines(path: Path) -> tuple[str, list[str]]:
    """Return the encoding and the first lines of a text file."""
    if path.suffix.lower() == ".zst":
        check_zstd(path)
        place = literal(escaped(path))
        with duckdb.connect() as connection:
            found = connection.execute(
                f"select line from read_csv({place}, {LINES}) limit {ROWS}"
            ).fetchall()
        return "utf-8", [f"{line or ''}\n" for (line,) in found]
    encoding = _encoding(path)
    codec = "utf-8-sig" if encoding == "utf-8" else encoding
    with (
        open_bytes(path) as file,
        TextIOWrapper(file, encoding=codec, newline="") as text,
    ):
        return encoding, list(islice(text, ROWS))


def _encoding(path: Path) -> str:
    decoder = codecs.getincrementaldecoder("utf-8")()
    with open_bytes(path) as file:
        block = file.read(BLOCK)
        if block[:2] in UTF_16:
            return "utf-16"
        if block[:4] == ZIP:
            raise FileRefused(
                "it is an Excel workbook or a ZIP archive: save the sheet as CSV, or "
                "unpack it"
            )
        if b"\0" in block:
            raise FileRefused(
                "it is no text: export it as CSV, as JSON lines or as Parquet"
            )
        try:
            while block:
                decoder.decode(block)
                block = file.read(BLOCK)
        except UnicodeDecodeError:
            return "cp1252"
    return "utf-8"


def _json(lines: list[str]) -> tuple[list[str], list[Row]]:
    if lines[0].lstrip().startswith("["):
        raise FileRefused(
            "line 1: it is one JSON array: a .jsonl file has one object a line, "
            "without brackets around and commas between them (jq -c '.[]' makes it so)"
        )
    rows: list[Row] = []
    for line in filter(str.strip, lines):
        try:
            fields = json.loads(line)
        except ValueError:
            continue  # the check tells what is wrong with it
        if isinstance(fields, dict):
            rows.append({name: _as_text(value) for name, value in fields.items()})
    if not rows:
        raise FileRefused(
            "line 1: it is not one JSON object: a .jsonl file has one a line"
        )
    return list(dict.fromkeys(name for row in rows for name in row)), rows


def _as_text(value: object) -> str | None:
    if value is None or isinstance(value, str):
        return (value or "").strip() or None
    return json.dumps(value)


def _delimiter(lines: list[str]) -> str:
    """Return the delimiter that cuts most rows into as many fields as the header."""

    def fields(delimiter: str) -> tuple[float, int]:
        rows = list(islice(csv.reader(lines, delimiter=delimiter), 200))
        width = len(rows[0])
        agreeing = sum(len(row) == width for row in rows) / len(rows)
        return (agreeing if width > 1 else 0, width)

    return max(DELIMITERS, key=fields)


def _csv(lines: list[str], delimiter: str) -> tuple[list[str], list[Row]]:
    header, *records = csv.reader(lines, delimiter=delimiter)
    if not any(name.strip() for name in header):
        raise FileRefused("line 1 is empty: the first line must name the columns")
    if value := next((name for name in header if VALUE.fullmatch(name.strip())), None):
        raise FileRefused(
            f"line 1 seems to hold values ('{value}'), not the names of columns: put "
            f"a line of names before it"
        )
    twice = [name for name, count in Counter(header).items() if name and count > 1]
    if twice:
        raise FileRefused(
            f"line 1: the name '{twice[0]}' stands over more than one column: each "
            f"needs a name of its own"
        )
    names = named(header)
    rows: list[Row] = [
        {
            name: value.strip() or None
            for name, value in zip(names, record, strict=False)
        }
        for record in records
        if len(record) == len(names)
    ]
    return [name for name in names if not is_unnamed(name)], rows
