"""Extract files as files: their format, checksum, encoding, header and single rows."""

from __future__ import annotations

import codecs
import csv
import gzip
import hashlib
import io
import itertools
import re
import shutil
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO, cast

from leadscore.errors import LeadscoreError

FORMATS = ("csv", "tsv", "jsonl", "parquet", "log", "txt")
BLOCK = 8 * 1024 * 1024
TORN = (EOFError, zlib.error, gzip.BadGzipFile)  # what a bad gzip stream raises

# What files of another kind begin with, whatever their name says.
OTHER_KINDS = {
    rb"PK\x03\x04": "an Excel workbook or another ZIP archive",
    rb"\xd0\xcf\x11\xe0": "an old Excel workbook",
    rb"\x1f\x8b": "packed with gzip",
    rb"\x28\xb5\x2f\xfd": "packed with zstd",
    rb"BZh\d1AY": "packed with bzip2",
    rb"PAR1\x15": "a Parquet file",
    rb"%PDF-": "a PDF",
    rb"(?s).{257}ustar": "a tar archive",
    rb"(?i)\s*<(!doctype|html|head|body|\?xml|error)": "an HTML or XML "
    "page, as servers send in place of a file",
    rb'\s*(\{\s*"|\[\s*\{)': "JSON",
}
LINES_ABOVE = 30  # so far down a header is looked for


class FileRefused(LeadscoreError):
    """A file that cannot be loaded as a whole; the message is the reason.

    Attributes:
        cause: The reason without values of its rows, which may be published.
    """

    def __init__(self, reason: str, cause: str = "") -> None:
        """Take the reason, and the cause if the reason quotes rows."""
        super().__init__(reason)
        self.cause = cause or reason


def without_values(text: str, values: Iterable[str]) -> str:
    """Return a reason with dots in place of the values that it quotes."""
    for value in sorted(values, key=len, reverse=True):
        text = text.replace(f"'{value}'", "'...'")
    return text


@dataclass(frozen=True)
class Record:
    """A row of a text file: its number (the header is 1), its first line, its text."""

    number: int
    line: int
    text: str


def file_format(name: str) -> str:
    """Return csv, tsv, jsonl, parquet, log or txt by the file's name.

    Raises:
        FileRefused: If the name ends otherwise.
    """
    plain = re.sub(r"\.(gz|zst)$", "", name.lower())
    plain = re.sub(r"\.log[.-]\d+$", ".log", plain)  # as log rotation names them
    ending = plain.rpartition(".")[2]
    if ending not in FORMATS or (ending == "parquet" and plain != name.lower()):
        raise FileRefused(
            "its name does not say what it is: it must end in .csv, .tsv, .jsonl, .log "
            "or .txt (also with .gz or .zst behind) or in .parquet"
        )
    return ending


def checksum(path: Path) -> str:
    """Return the SHA-256 of a file as it lies there."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def refuse_other_kind(path: Path, kind: str) -> None:
    """Refuse a file that is of another kind than its name says.

    Raises:
        FileRefused: If it is; the reason says what it is.
    """
    try:
        with open_bytes(path) as file:
            head = file.read(512).removeprefix(codecs.BOM_UTF8)
    except TORN as error:
        raise FileRefused(torn(error)) from error
    if kind == "jsonl" and re.match(rb"\s*\[", head):
        raise FileRefused("line 1: it is a JSON array: .jsonl has one object a line")
    for start, what in OTHER_KINDS.items():
        right = {"JSON": "jsonl", "a Parquet file": "parquet"}.get(what)
        if kind != right and re.match(start, head):
            raise FileRefused(
                f"it is {what}, not the .{kind} file that its name promises: deliver "
                f"the data itself under the name that fits"
            )


def to_utf8(path: Path, encoding: str, target: Path) -> Path:
    """Write a text file of another encoding as UTF-8 and return the target.

    Raises:
        FileRefused: If the file is not of that encoding.
    """
    if not encoding.startswith("utf") and _is_beyond_ascii_in_utf8(path):
        raise FileRefused(
            f"it is encoded in UTF-8, not in {encoding}, as its source map says"
        )
    with (
        open_bytes(path) as file,
        io.TextIOWrapper(file, encoding=encoding, newline="") as text,
        target.open("w", encoding="utf-8", newline="") as copy,
    ):
        try:
            shutil.copyfileobj(text, copy, BLOCK)
        except UnicodeError as error:
            raise FileRefused(
                f"it is not encoded in {encoding}, as its source map says: {error}"
            ) from error
        except TORN as error:
            raise FileRefused(torn(error)) from error
    return target


def read_header(path: Path, delimiter: str, quote: str) -> list[str]:
    """Return the column names in the first row of a CSV file.

    Raises:
        FileRefused: If the first line is empty.
    """
    with (
        open_bytes(path) as file,
        io.TextIOWrapper(file, encoding="utf-8-sig", newline="") as text,
    ):
        try:
            header = _first_row(text, delimiter, quote)
        except csv.Error as error:
            raise FileRefused(f"line 1: the header cannot be read: {error}") from error
    if not any(name.strip() for name in header):
        raise FileRefused("line 1 is empty: the first line must name the columns")
    return header


def find_header(path: Path, delimiter: str, quote: str, names: set[str]) -> int | None:
    """Return the line, below the first, that names all these columns, if one does."""
    rows = itertools.islice(_records(path, quote), 1, LINES_ABOVE)
    for line, text in rows:
        try:
            found = _first_row(io.StringIO(text, newline=""), delimiter, quote)
        except csv.Error:
            continue
        if names and names <= set(found):
            return line
    return None


def find_records(
    path: Path, quote: str, wanted: set[int], *, count_blank: bool
) -> dict[int, Record]:
    """Find rows by their number; slow, so only for the few that were rejected.

    Args:
        path: A UTF-8 file.
        quote: The quote, or nothing.
        wanted: The numbers; the header is 1.
        count_blank: Whether the numbers wanted count blank lines, as DuckDB's do.
    """
    found: dict[int, Record] = {}
    blanks = 0
    for index, (line, text) in enumerate(_records(path, quote), start=1):
        blank = not text.strip("\r\n")
        blanks += blank
        number = index if count_blank else index - blanks
        if number in wanted and not blank:
            found[number] = Record(index - blanks, line, text.rstrip("\r\n"))
            if len(found) == len(wanted):
                break
    return found


def check_zstd(path: Path) -> None:
    """Refuse a zstd file that is cut off, by walking from block to block.

    Raises:
        FileRefused: If the file ends before its last block does, or is no zstd file.
    """
    size = path.stat().st_size
    with path.open("rb") as file:
        while file.tell() < size:
            magic = int.from_bytes(file.read(4), "little")
            if magic & 0xFFFFFFF0 == 0x184D2A50:  # a frame that readers skip
                file.seek(int.from_bytes(file.read(4), "little"), io.SEEK_CUR)
            elif magic == 0xFD2FB528:
                _skip_zstd_frame(file, size)
            else:
                raise FileRefused("it is not the zstd file that its name promises")
        if file.tell() > size:
            raise FileRefused("it is cut off: the zstd stream does not end")


def _skip_zstd_frame(file: IO[bytes], size: int) -> None:
    descriptor = int.from_bytes(file.read(1), "little")
    single = descriptor >> 5 & 1
    content_size = (single, 2, 4, 8)[descriptor >> 6]
    file.seek((1 - single) + (0, 1, 2, 4)[descriptor & 3] + content_size, io.SEEK_CUR)
    last = False
    while not last:
        if file.tell() + 3 > size:
            raise FileRefused("it is cut off: the zstd stream does not end")
        block = int.from_bytes(file.read(3), "little")
        last = bool(block & 1)
        is_repeated_byte = block >> 1 & 3 == 1
        file.seek(1 if is_repeated_byte else block >> 3, io.SEEK_CUR)
    file.seek(4 * (descriptor >> 2 & 1), io.SEEK_CUR)


def open_bytes(path: Path) -> IO[bytes]:
    """Open a plain or gzipped file."""
    if path.suffix.lower() == ".gz":
        return cast("IO[bytes]", gzip.open(path, "rb"))
    return path.open("rb")


def torn(error: Exception) -> str:
    """Return the reason to refuse a file whose gzip stream raised one of TORN."""
    return f"it is cut off or damaged: its gzip stream cannot be read ({error})"


def _first_row(text: Iterable[str], delimiter: str, quote: str) -> list[str]:
    rows = csv.reader(
        text,
        delimiter=delimiter,
        quotechar=quote or None,
        quoting=csv.QUOTE_MINIMAL if quote else csv.QUOTE_NONE,
    )
    return next(rows, [])


def _is_beyond_ascii_in_utf8(path: Path) -> bool:
    """Say whether a file reads as UTF-8, which other encodings hardly ever do."""
    decoder = codecs.getincrementaldecoder("utf-8")()
    is_ascii = True
    try:
        with open_bytes(path) as file:
            while block := file.read(BLOCK):
                is_ascii = is_ascii and block.isascii()
                decoder.decode(block)
            decoder.decode(b"", final=True)
    except (UnicodeDecodeError, *TORN):
        return False
    return not is_ascii


def _records(path: Path, quote: str) -> Iterator[tuple[int, str]]:
    """Yield every row with the line it begins on."""
    with (
        open_bytes(path) as file,
        io.TextIOWrapper(file, encoding="utf-8-sig", newline="\n") as lines,
    ):
        start, parts, is_open = 1, [], False
        for number, line in enumerate(lines, start=1):
            parts.append(line)
            if quote and line.count(quote) % 2:
                is_open = not is_open
            if not is_open:
                yield start, "".join(parts)
                start, parts = number + 1, []
        if parts:
            yield start, "".join(parts)
