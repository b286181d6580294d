"""A look at every byte of a text file before DuckDB reads it: DuckDB is too forgiving.

It takes an empty file for no rows, a torn gzip stream for a short file, and a quote
that never closes for one long value. The rows counted here, without DuckDB, are later
held against the rows that DuckDB read.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from leadscore.loading.file_reader import BLOCK, TORN, FileRefused, open_bytes, torn

LONGEST_RECORD = 4 * 1024 * 1024  # DuckDB itself rejects rows of more than 2 MB


@dataclass(frozen=True)
class TextScan:
    """What a look at every byte of a text file showed.

    Attributes:
        records: Rows that are not blank, with the header; a quoted line break does
            not end a row.
        ends_cleanly: Whether the last row ends with a line break.
    """

    records: int
    ends_cleanly: bool


def scan_text(path: Path, quote: str, *, is_csv: bool) -> TextScan:
    """Look at every byte of a UTF-8 file and count its rows.

    Args:
        path: The file, plain or gzipped.
        quote: The quote that may hold line breaks, or nothing.
        is_csv: Whether line ends must be of one kind, as DuckDB's CSV reader demands.

    Raises:
        FileRefused: If the file is empty, torn, of another encoding, of mixed line
            ends, or has a quote that does not close; the reason names the line.
    """
    decoder = codecs.getincrementaldecoder("utf-8")()
    counter = _RecordCounter(quote.encode(), is_csv)
    line = 1
    for block in _blocks(path):
        _check_text(block, decoder, line)
        line += block.count(b"\n")
        counter.add(block)
    if decoder.getstate()[0]:
        raise FileRefused(f"line {line}: it is cut off in the middle of a character")
    return counter.finish()


class _RecordCounter:
    """Counts rows over blocks of bytes; `open_data` begins with a new row."""

    def __init__(self, quote: bytes, is_csv: bool) -> None:
        self.quote = quote
        self.quoted = re.compile(b"%b[^%b]*%b" % ((re.escape(quote or b"q"),) * 3))
        self.is_csv = is_csv
        self.ends_with_crlf: bool | None = None  # as the first line does
        self.open_data = b""
        self.line = 1  # of the first byte of open_data
        self.records = 0

    def add(self, block: bytes) -> None:
        data = self.open_data + block
        end = self._end_of_last_record(data)
        self.open_data = data[end:]
        self._count(data[:end])
        if len(self.open_data) > LONGEST_RECORD:
            raise FileRefused(self._unclosed())

    def finish(self) -> TextScan:
        if self.line == 1 and not self.open_data.removeprefix(codecs.BOM_UTF8):
            raise FileRefused("it is empty: not even a header")
        if self.quote and self.open_data.count(self.quote) % 2:
            raise FileRefused(self._unclosed())
        self._refuse_marks(self.open_data)
        rest = self.open_data.strip(b"\r")
        if self.is_csv and b"\r" in self._without_quoted(rest):
            self._refuse_line_ends(self.open_data)
        return TextScan(self.records + bool(rest), ends_cleanly=not rest)

    def _end_of_last_record(self, data: bytes) -> int:
        position = data.rfind(b"\n")
        if not self.quote:
            return position + 1
        quotes = data.count(self.quote)
        end = len(data)
        while position >= 0:
            quotes -= data.count(self.quote, position, end)
            if quotes % 2 == 0:
                return position + 1
            end = position
            position = data.rfind(b"\n", 0, position)
        return 0

    def _count(self, data: bytes) -> None:
        self._refuse_marks(data)
        plain = self._without_quoted(data)
        line_ends, crlf = plain.count(b"\n"), plain.count(b"\r\n")
        if self.ends_with_crlf is None and line_ends:
            self.ends_with_crlf = plain[: plain.index(b"\n")].endswith(b"\r")
        expected = line_ends if self.ends_with_crlf else 0
        if self.is_csv and (crlf != expected or plain.count(b"\r") != crlf):
            self._refuse_line_ends(data)
        self.records += line_ends - len(re.findall(rb"(?m)^\r?\n", plain))
        self.line += data.count(b"\n")

    def _refuse_marks(self, data: bytes) -> None:
        """Refuse a byte order mark that does not begin the file."""
        if self.line == 1:
            data = data.removeprefix(codecs.BOM_UTF8)
        if codecs.BOM_UTF8 in data and (mark := re.search(b"(?m)^\xef\xbb\xbf", data)):
            line = self.line + data.count(b"\n", 0, mark.start())
            raise FileRefused(
                f"line {line} begins with a byte order mark, as a file does: were "
                f"several files joined? Deliver each for itself"
            )

    def _without_quoted(self, data: bytes) -> bytes:
        if not self.quote or self.quote not in data:
            return data
        return self.quoted.sub(b"q", data)

    def _refuse_line_ends(self, data: bytes) -> None:
        if self.quote:  # line breaks inside quotes are counted, but may be of any kind
            data = self.quoted.sub(
                lambda field: field[0].replace(b"\n", b"\0").replace(b"\r", b"q"), data
            )
        odd = rb"\r(?!\n)|(?<!\r)\n" if self.ends_with_crlf else rb"\r"
        before = re.split(odd, data, maxsplit=1)[0]
        line = self.line + before.count(b"\n") + before.count(b"\0")
        raise FileRefused(
            f"line {line} ends "
            f"differently from other lines (LF, CRLF and the old CR are not to be "
            f"mixed): write the file with one kind of line end, LF or CRLF"
        )

    def _unclosed(self) -> str:
        return (
            f"line {self.line}: a quote opens there and does not close, or the file is "
            f"cut off. A quote inside a quoted field must be doubled; if the files "
            f'have no quoting at all, say `quote: ""` in the source map'
        )


def _check_text(
    block: bytes, decoder: codecs.IncrementalDecoder, first_line: int
) -> None:
    if first_line == 1 and block[:2] in (b"\xff\xfe", b"\xfe\xff"):
        raise FileRefused(
            "line 1: it is encoded in UTF-16, not UTF-8: say `encoding: utf-16` in the "
            "source map, or save it as UTF-8"
        )
    if (place := block.find(b"\0")) >= 0:
        line = first_line + block.count(b"\n", 0, place)
        raise FileRefused(
            f"line {line} holds a NUL byte: the file is damaged, or encoded in UTF-16 "
            f"(then say `encoding: utf-16-le` in the source map)"
        )
    try:
        decoder.decode(block)
    except UnicodeDecodeError as error:
        line = first_line + error.object.count(b"\n", 0, error.start)
        raise FileRefused(
            f"line {line} is not UTF-8 (byte 0x{error.object[error.start]:02X}): if "
            f"the files are encoded in Latin-1 or Windows-1252, say "
            f"`encoding: cp1252` in the source map"
        ) from error


def _blocks(path: Path) -> Iterator[bytes]:
    try:
        with open_bytes(path) as file:
            while block := file.read(BLOCK):
                yield block
    except TORN as error:
        raise FileRefused(torn(error)) from error
