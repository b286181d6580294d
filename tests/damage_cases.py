"""Damaged files, and what must become of each; tests/test_bad_files.py loads them.

Each is `loaded` whole, loaded without some `rejected` rows, or `refused` whole. All but
a few are made from GOOD, a file of twenty leads, or from EVENT, a line of JSON.
"""

from __future__ import annotations

import gzip
import io
import tarfile
import tempfile
import zipfile
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import duckdb

Content = bytes | str | Callable[[], bytes]

HEADER = "id,email,country,created\n"
ROWS = [f"L{n},p{n}@x.example,DE,2026-11-0{n % 9 + 1} 10:00:00\n" for n in range(20)]
GOOD = HEADER + "".join(ROWS)
L3 = ("L3", "p3@x.example", "DE", "2026-11-04 10:00:00")
EVENT = '{"email": "a@x.example", "type": "opened", "at": "2026-11-19 08:00:00"}\n'
BOM = b"\xef\xbb\xbf"


@dataclass(frozen=True)
class Case:
    """A damaged file.

    Attributes:
        name: What is wrong with it.
        content: Its bytes or text, or what makes them.
        messages: What the refusal says; empty if it is not refused.
        loaded: Rows that are loaded.
        bad: Line to what the quarantine says of the row there.
        row: A row that must be in raw as it is here.
        file: Its name; a .jsonl file holds email events, any other leads.
        options: Lines of YAML behind the usual source map.
    """

    name: str
    content: Content
    messages: tuple[str, ...] = ()
    loaded: int = 0
    bad: dict[int, str] = field(default_factory=dict)
    row: tuple[str | None, ...] | None = None
    file: str = "leads.csv"
    options: str = ""

    @property
    def source(self) -> str:
        """The source that the file belongs to."""
        return "email" if ".jsonl" in self.file else "crm"


def refused(
    name: str,
    content: Content,
    *messages: str,
    file: str = "leads.csv",
    options: str = "",
) -> Case:
    """Return a case of a file that must be refused with these messages."""
    return Case(name, content, messages, file=file, options=options)


def rejected(
    name: str,
    content: Content,
    bad: dict[int, str],
    loaded: int = 20,
    file: str = "leads.csv",
    options: str = "",
) -> Case:
    """Return a case of a file of which just these lines must go to quarantine."""
    return Case(name, content, loaded=loaded, bad=bad, file=file, options=options)


def loaded(
    name: str,
    content: Content,
    rows: int = 20,
    row: tuple[str | None, ...] | None = L3,
    file: str = "leads.csv",
    options: str = "",
) -> Case:
    """Return a case of a file that must be loaded whole."""
    return Case(name, content, loaded=rows, row=row, file=file, options=options)


def events(*lines: str) -> str:
    """Return a file of the usual event and these lines behind it."""
    return EVENT + "".join(line + "\n" for line in lines)


def lead(created: str = "2026-11-01", key: str = "L99", country: str = "DE") -> str:
    """Return the row of one more lead."""
    return f"{key},p99@x.example,{country},{created}\n"


def parquet(**columns: str) -> Callable[[], bytes]:
    """Return what makes a Parquet file of one lead, with these columns otherwise."""
    usual = {"id": "'L3'", "email": "'p3@x.example'", "country": "'DE'"}
    usual["created"] = "timestamp '2026-11-04 10:00:00'"
    selected = ", ".join(f"{sql} as {name}" for name, sql in (usual | columns).items())
    return lambda: _copy(f"select {selected}", "format parquet")


def zstd(text: str) -> bytes:
    """Return a CSV text packed with zstd."""
    with tempfile.NamedTemporaryFile(suffix=".csv") as plain:
        Path(plain.name).write_text(text)
        query = f"from read_csv('{plain.name}', all_varchar = true)"
        return _copy(query, "format csv, header, compression zstd")


def _copy(query: str, options: str) -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "made"
        duckdb.execute(f"copy ({query}) to '{path}' ({options})")
        return path.read_bytes()


def _zip() -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("xl/worksheets/sheet1.xml", GOOD)
    return packed.getvalue()


def _tar() -> bytes:
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w:gz") as archive:
        info = tarfile.TarInfo("leads.csv")
        info.size = len(GOOD)
        archive.addfile(info, io.BytesIO(GOOD.encode()))
    return packed.getvalue()


def _many() -> bytes:
    return gzip.compress((HEADER + "".join(ROWS) * 500).encode())


def _flipped() -> bytes:
    whole = parquet(id="unnest(range(20000))::varchar")()
    return whole[:200] + bytes(255 - byte for byte in whole[200:1200]) + whole[1200:]


ENCODINGS = [
    refused(
        "latin-1",
        GOOD.replace("p7@", "zoë@").encode("latin-1"),
        "line 9 is not UTF-8 (byte 0xEB)",
        "encoding: cp1252",
    ),
    refused("UTF-16", GOOD.encode("utf-16"), "line 1", "UTF-16", "encoding: utf-16"),
    refused("UTF-16 without mark", GOOD.encode("utf-16-le"), "line 1", "NUL byte"),
    refused(
        "UTF-8 where the map says cp1252",
        GOOD.replace("p7@", "zoë@"),
        "it is encoded in UTF-8, not in cp1252, as its source map says",
        options="encoding: cp1252",
    ),
    refused(
        "UTF-8 with a mark where the map says latin-1",
        BOM + GOOD.encode(),
        "it is encoded in UTF-8, not in iso8859-1",
        options="encoding: latin-1",
    ),
    refused(
        "UTF-8 where the map says UTF-16",
        GOOD,
        "it is not encoded in utf-16",
        options="encoding: utf-16",
    ),
    refused(
        "NUL byte", GOOD.replace("p3@", "p\0@"), "line 5 holds a NUL byte: the file is"
    ),
    loaded("BOM", BOM + GOOD.encode()),
    loaded("BOM and quoted header", BOM + GOOD.replace("id,", '"id",', 1).encode()),
    refused("two BOMs", BOM + BOM + GOOD.encode(), "line 1 begins with a byte order"),
    refused("nothing but a BOM", BOM, "it is empty: not even a header"),
]

LINE_ENDS_AND_CUT_OFFS = [
    loaded("CRLF", GOOD.replace("\n", "\r\n")),
    loaded("no last line end", GOOD.rstrip("\n")),
    loaded("blank lines", GOOD.replace("\n", "\n\n")),
    loaded("CR in a quoted value", GOOD.replace(",DE", ',"D\rE"', 1)),
    refused(
        "mixed line ends", GOOD.replace("\n", "\r\n", 3), "line 4 ends differently"
    ),
    refused("old Mac line ends", GOOD.replace("\n", "\r"), "line 1 ends differently"),
    refused("CR in a value", GOOD.replace("p3@", "p\r3@"), "line 5 ends differently"),
    refused("empty file", "", "it is empty"),
    refused("cut in a quoted value", GOOD + 'L9,"p9@x.e', "line 22: a quote opens"),
    refused("cut in a row", GOOD + "L99,p99@x.exam", "line 22: it seems cut off there"),
    refused(
        "cut in a character",
        (GOOD + "L99,p99@x.example,Ö").encode()[:-1],
        "line 22: it is cut off in the middle of a character",
    ),
]

QUOTES_AND_COMMAS = [
    loaded("line end in a quoted value", GOOD.replace(",DE", ',"D\nE"', 1)),
    loaded("space before a quoted value", GOOD.replace(",DE,", ', "DE",')),
    loaded("comma behind each row and the header", GOOD.replace("\n", ",\n")),
    loaded("comma behind each row", HEADER + "".join(ROWS).replace("\n", ",\n")),
    loaded(
        "comma behind some rows",
        GOOD.replace("3 10:00:00", "3 10:00:00,"),
    ),
    refused(
        "comma behind the header alone",
        GOOD.replace("\n", ",\n", 1),
        "none of its 20 rows",
        "missing columns: Expected Number of Columns: 5 Found: 4",
    ),
    rejected(
        "comma in a value that is not quoted",
        GOOD + lead(country="Korea, South"),
        {22: "too many columns: Expected Number of Columns: 4 Found: 5"},
    ),
    rejected(
        "comma in a value and the last one missing",
        GOOD + "L99,p99@x.example,Korea, South\n",
        {22: "'South' is no time in the format ISO 8601"},
    ),
    rejected(
        "last value missing",
        GOOD + "L99,p99@x.example,DE\n",
        {22: "missing columns: Expected Number of Columns: 4 Found: 3"},
    ),
    refused(
        "a value too many in each row",
        HEADER + "".join(ROWS).replace("\n", ",x\n"),
        "none of its 20 rows",
        "too many columns: Expected Number of Columns: 4 Found: 5",
    ),
    refused(
        "quote that never closes",
        GOOD.replace("p3@x.example", '"p3@x.example'),
        "line 5: a quote opens there and does not close",
    ),
    refused(
        "quotes that pair up wrongly",
        GOOD.replace("p3@", '5" p3@').replace("p9@", '7" p9@'),
        "by its line ends and quotes",
        "not doubled",
    ),
    rejected(
        "quotes behind backslashes",
        GOOD + lead(country='"a \\"b\\" c"'),
        {22: "a quote inside the field is not doubled"},
    ),
    refused(
        "rows wrapped in quotes",
        HEADER + "".join(f'"{row.strip()}"\n' for row in ROWS[:8]) + ROWS[9],
        "8 of 9 rows",
        "at most 5 may",
        "lines 2, 3, 4, 5, 6: the whole row is wrapped in one more pair of quotes",
    ),
    refused(
        "semicolons",
        GOOD.replace(",", ";"),
        "line 1",
        "divided by a semicolon, not by a comma",
        'delimiter: ";"',
    ),
]

HEADERS = [
    loaded(
        "columns in another order",
        "created,country,email,id\n"
        + "".join(",".join(reversed(row.strip().split(","))) + "\n" for row in ROWS),
    ),
    refused("first line blank", "\n" + GOOD, "line 1 is empty"),
    refused("first line of spaces", "   \n" + GOOD, "line 1 is empty"),
    refused("title above", "All leads,,,\n\n" + GOOD, "line 1", "but line 3 does"),
    refused("sep= above", "sep=,\n" + GOOD, "line 1", "but line 2 does: take away"),
    refused("no header", "".join(ROWS), "line 1: it lacks the column 'id'"),
    refused(
        "missing column",
        GOOD.replace(",created", "", 1),
        "line 1: it lacks the column 'created'",
    ),
    refused(
        "column renamed",
        GOOD.replace("email", "E-Mail", 1),
        "line 1: it has 'E-Mail' where 'email' is expected",
    ),
    refused(
        "optional column renamed",
        GOOD.replace("country", "Country ", 1),
        "line 1: it has 'Country ' where 'country' is expected",
    ),
    refused(
        "column renamed by a sign that nobody sees",
        GOOD.replace("email", "email\u00a0", 1),
        "line 1: it has 'email\\u00a0' where 'email' is expected",
    ),
    refused(
        "column doubled",
        GOOD.replace("country", "email", 1),
        "line 1: the name 'email' stands over column 2 and over column 3",
    ),
    refused(
        "column doubled in another case",
        GOOD.replace("country", "Email", 1),
        "line 1: the name 'Email' stands over column 2 and over column 3",
    ),
    refused(
        "names swapped",
        GOOD.replace("country,created", "created,country", 1),
        "none of its 20 rows can be loaded: lines 2, 3,",
        "created_at: 'DE' is no time in the format ISO 8601",
    ),
    refused(
        "column without a name",
        GOOD.replace("country", "", 1),
        "line 1: the unnamed column 3 holds values in 20 rows",
    ),
    refused(
        "numbered rows",
        "," + HEADER + "".join(f"{n},{row}" for n, row in enumerate(ROWS)),
        "line 1: the unnamed column 1 holds values in 20 rows",
    ),
    loaded("header and no rows", HEADER, rows=0, row=None),
    loaded(
        "a thousand columns",
        HEADER.strip()
        + "".join(f",c{n}" for n in range(1000))
        + "".join("\n" + row.strip() + ",x" * 1000 for row in ROWS),
    ),
]

JOINED_FILES_AND_FOOTERS = [
    rejected(
        "header once more",
        GOOD + HEADER + lead(),
        {22: "it is the header once more: several files were joined"},
        loaded=21,
    ),
    refused(
        "another export with its columns in another order",
        GOOD + "email,id,country,created\nq@x.example,L77,DE,2026-11-01\n",
        "line 22: it is another header, with the columns in another order",
    ),
    rejected(
        "another export with fewer columns",
        GOOD + "id,email\nL77,q@x.example\n",
        {22: "Found: 2", 23: "Found: 2"},
    ),
    refused(
        "another export with its BOM",
        GOOD.encode() + BOM + GOOD.encode(),
        "line 22 begins with a byte order mark",
    ),
    refused(
        "rows of another export behind a BOM",
        GOOD.encode() + BOM + "".join(ROWS).encode(),
        "line 22 begins with a byte order mark",
    ),
    rejected(
        "another export behind a row without line end",
        GOOD.strip() + GOOD,
        {21: "too many columns"},
        loaded=39,
    ),
    rejected("line with a total", GOOD + "Total: 20\n", {22: "missing columns"}),
    rejected("row with a total", GOOD + "Total: 20,,,\n", {22: "it is a footer"}),
    rejected("row with a total apart", GOOD + "Total,20,,\n", {22: "it is a footer"}),
    rejected(
        "end of report",
        GOOD + ",,,\n-- end of report --,,,\n",
        {22: "it is empty", 23: "begins with '-- end of report --'"},
    ),
    loaded("company named Total", GOOD + "Total,t@x.example,FR,2026-11-01\n", rows=21),
]

OTHER_KINDS = [
    refused("HTML", "<!DOCTYPE html>\n<html>403</html>", "it is an HTML or XML page"),
    refused("XML", '<?xml version="1.0"?>\n<Error/>', "it is an HTML or XML page"),
    refused("JSON", '{"error": "too many requests"}\n', "it is JSON, not the .csv"),
    refused("Excel workbook", _zip, "it is an Excel workbook or another ZIP archive"),
    refused("old Excel", b"\xd0\xcf\x11\xe0" + bytes(508), "it is an old Excel"),
    refused("PDF", b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n", "it is a PDF"),
    refused("Parquet", parquet(), "it is a Parquet file, not the .csv"),
    refused("gzip", gzip.compress(GOOD.encode()), "it is packed with gzip, not"),
    refused("XLSX by name", _zip, "its name does not say", file="leads.xlsx"),
    refused("ZIP by name", _zip, "must end in .csv", file="leads.csv.zip"),
    refused("name without an ending", GOOD, "must end in .csv", file="leads"),
    refused("half a download", GOOD, "must end in .csv", file="leads.csv.crdownload"),
    refused("copy of a download", GOOD, "must end in .csv", file="leads.csv (1)"),
    loaded("name in capitals", GOOD, file="LEADS.CSV"),
    loaded("odd name", GOOD, file="leads [1] 'ü'.csv"),
]

COMPRESSION = [
    loaded("gzip", gzip.compress(GOOD.encode()), file="leads.csv.gz"),
    loaded("gzip in capitals", gzip.compress(GOOD.encode()), file="leads.csv.GZ"),
    loaded("zstd in capitals", lambda: zstd(GOOD), file="leads.csv.ZST"),
    loaded(
        "gzip in two parts",
        gzip.compress(GOOD.encode()) + gzip.compress("".join(ROWS).encode()),
        rows=40,
        file="leads.csv.gz",
    ),
    refused(
        "gzip cut in the middle",
        lambda: _many()[:-500],
        "cut off or damaged",
        file="leads.csv.gz",
    ),
    refused(
        "gzip without its end",
        lambda: _many()[:-4],
        "gzip stream",
        file="leads.csv.gz",
    ),
    refused(
        "gzip with a wrong sum",
        lambda: _many()[:-8] + bytes(4) + _many()[-4:],
        "CRC check failed",
        file="leads.csv.gz",
    ),
    refused(
        "gzip and more",
        gzip.compress(GOOD.encode()) + b"more",
        "gzip stream",
        file="leads.csv.gz",
    ),
    refused("gzip of nothing", gzip.compress(b""), "it is empty", file="leads.csv.gz"),
    refused("gzip of 0 bytes", b"", "it is empty", file="leads.csv.gz"),
    refused("no gzip at all", GOOD, "gzip stream", file="leads.csv.gz"),
    refused(
        "gzip in gzip",
        gzip.compress(gzip.compress(GOOD.encode())),
        "it is packed with gzip",
        file="leads.csv.gz",
    ),
    refused("tar archive", _tar, "it is a tar archive", file="leads.csv.gz"),
    refused(
        "zstd cut off", lambda: zstd(GOOD)[:-10], "it is cut off", file="leads.csv.zst"
    ),
    refused("no zstd at all", GOOD, "not the zstd file", file="leads.csv.zst"),
]

KEYS = [
    rejected("key empty", GOOD + lead(key=""), {22: "it is empty, and no row of crm"}),
    rejected("key of blanks", GOOD + lead(key=" \t"), {22: "it is empty"}),
    rejected("key nobody sees", GOOD + lead(key="\u200b\u00a0"), {22: "it is empty"}),
    loaded(
        "key between blanks",
        GOOD.replace("L3,", " L3\u00a0,"),
    ),
    loaded("key twice", GOOD + lead(key="L3"), rows=21),
    loaded("keys that differ by case", GOOD + lead(key="l3"), rows=21),
    loaded("leading zeros", GOOD.replace("L3", "003"), row=("003", *L3[1:])),
    refused(
        "keys rounded by Excel",
        GOOD.replace("L", "1.23457E+1"),
        "none of its 20 rows",
        "lead_id: '1.23457E+10' is what a spreadsheet or a data frame makes of an id",
    ),
    rejected(
        "one key rounded",
        GOOD + lead(key="1.23E+11"),
        {22: "'1.23E+11' is what a spreadsheet"},
    ),
    rejected("key as a decimal", GOOD + lead(key="17.0"), {22: "'17.0' is what a"}),
]

SPREADSHEETS = [
    rejected(
        "cell with an error",
        GOOD + lead(country="#REF!") + lead(country="#N/A"),
        {22: "'#REF!' is an error that a spreadsheet put", 23: "'#N/A' is an error"},
    ),
    loaded(
        "error that the map takes for null",
        GOOD.replace(",DE", ",#N/A"),
        row=("L3", "p3@x.example", None, "2026-11-04 10:00:00"),
        options='null_values: ["#N/A"]',
    ),
    rejected("column too narrow", GOOD + lead("########"), {22: "'########' is an"}),
    rejected(
        "formula", GOOD + lead(country='="DE"'), {22: "'=\"DE\"' is a formula of a"}
    ),
    rejected(
        "values turned into dates",
        GOOD.replace("country", "size").replace(",DE,", ",50-200,")
        + lead(country="01-May")
        + lead(country="May-20"),
        {22: "'01-May' reads like a date that a spreadsheet", 23: "'May-20' reads"},
    ),
    rejected(
        "values turned into dates in German",
        GOOD + lead(country="01. Mai"),
        {22: "'01. Mai' reads like a date"},
    ),
    refused(
        "many values turned into dates",
        GOOD + lead(country="01-May") * 10,
        "10 of 30 rows cannot be loaded (at most 5 may)",
        "lines 22, 23, 24, 25, 26: country: '01-May' reads like a date",
    ),
    loaded("column of days", GOOD.replace(",DE", ",01-May"), row=None),
    loaded(
        "damage in a column that nobody reads",
        GOOD.replace("country", "note") + lead(country="01-May"),
        rows=21,
        row=None,
        options="ignore: [note]",
    ),
]

TIMES = [
    rejected("no such day", GOOD + lead("2026-02-31"), {22: "'2026-02-31' is no time"}),
    rejected("year 0202", GOOD + lead("0202-11-01"), {22: "lies outside 1980 to 2199"}),
    rejected("year 20266", GOOD + lead("20266-11-01"), {22: "lies outside 1980 to"}),
    rejected("year 9999", GOOD + lead("9999-12-31"), {22: "under null_values:"}),
    rejected("Excel's day 0", GOOD + lead("1900-01-00"), {22: "is no time"}),
    rejected("1970", GOOD + lead("1970-01-01 00:00:00"), {22: "lies outside 1980"}),
    rejected("infinity", GOOD + lead("infinity"), {22: "'infinity' is no time"}),
    rejected("time without a day", GOOD + lead("10:00"), {22: "'10:00' is no time"}),
    rejected("half past 25", GOOD + lead("2026-11-01 25:30"), {22: "is no time"}),
    rejected("month first", GOOD + lead("11/20/2026"), {22: "'11/20/2026' is no time"}),
    rejected("Excel's number", GOOD + lead("46346"), {22: "(a spreadsheet's number"}),
    rejected("seconds", GOOD + lead("1782900000"), {22: "(a time since 1970? say"}),
    rejected(
        "milliseconds among seconds",
        HEADER + lead("1782900000") + lead("1782900000000"),
        {3: "'1782900000000' is no time in the format epoch_seconds"},
        loaded=1,
        options="timestamp_format: epoch_seconds",
    ),
    rejected(
        "seconds among milliseconds, and 0",
        HEADER + lead("1782900000") + lead("1782900000000") + lead("0"),
        {2: "'1782900000' lies outside 1980", 4: "'0' lies outside 1980"},
        loaded=1,
        options="timestamp_format: epoch_milliseconds",
    ),
    rejected(
        "year of two digits where four are expected",
        HEADER + lead("01.02.26") + lead("01.02.2026"),
        {2: "'01.02.26' lies outside 1980 to 2199"},
        loaded=1,
        options="timestamp_format: '%d.%m.%Y'",
    ),
    rejected(
        "day first or month first",
        HEADER + lead("13/04/2026") + lead("04/13/2026") + lead("03/04/2026"),
        {4: "'03/04/2026' is no time in just one of the formats %d/%m/%Y, %m/%d/%Y"},
        loaded=2,
        options="timestamp_format: ['%d/%m/%Y', '%m/%d/%Y']",
    ),
    refused(
        "every time bad",
        GOOD.replace("2026-11-0", "soon "),
        "none of its 20 rows",
        "line 2: created_at: 'soon 1",
    ),
    refused(
        "every row of a small file bad",
        HEADER + lead("never") * 2,
        "none of its 2 rows can be loaded: lines 2, 3: created_at: 'never' is no time",
    ),
]

CONTENTS = [
    loaded(
        "several addresses",
        GOOD.replace("p3@x.example", "a@x.example; b@x.example"),
        row=("L3", "a@x.example", *L3[2:]),
    ),
    loaded(
        "no address",
        GOOD.replace("p3@x.example", "nobody"),
        row=("L3", "nobody", *L3[2:]),
    ),
    loaded("a value of 1 MB", GOOD + lead(country="x" * 1_000_000), rows=21),
    rejected(
        "a value of 3 MB",
        GOOD + lead(country="x" * 3_000_000),
        {22: "Maximum line size of 2000000 bytes exceeded"},
    ),
    rejected("row of blanks", GOOD + "   \n", {22: "missing columns"}),
    rejected("row of commas", GOOD + ",,,\n", {22: "it is empty, and no row of crm_l"}),
]

JSON = [
    loaded("BOM", BOM + EVENT.encode(), 1, None, "events.jsonl"),
    loaded("CRLF", EVENT.replace("\n", "\r\n") * 2, 2, None, "events.jsonl"),
    loaded("gzip", gzip.compress(EVENT.encode()), 1, None, "events.jsonl.gz"),
    refused("CSV", "email,type,at\n", "line 1: it is not one", file="e.jsonl"),
    refused("blank lines", "\n\n", "blank lines only", file="e.jsonl"),
    refused(
        "array",
        "[\n" + EVENT.strip() + ",\n" + EVENT + "]\n",
        "line 1: it is a JSON array: .jsonl has one object a line",
        file="e.jsonl",
    ),
    refused("one object over lines", '{\n"a": 1\n}\n', "line 1: it is", file="e.jsonl"),
    refused("two a line", EVENT.strip() + EVENT, "line 1: it is not", file="e.jsonl"),
    refused("cut off", EVENT * 5 + EVENT[:40], "line 6: it seems cut", file="e.jsonl"),
    refused("lone CR", EVENT.strip() + "\r" + EVENT, "a lone CR", file="e.jsonl"),
    refused(
        "key renamed",
        EVENT.replace("type", "event"),
        "its keys: it lacks the column 'type'; it has the unknown column 'event'",
        file="e.jsonl",
    ),
    refused(
        "error of the interface among the events",
        EVENT * 3 + '{"error": "timeout"}\n',
        "line 4 is the first with 'error'",
        "it has the unknown column 'error'",
        file="e.jsonl",
    ),
    refused(
        "key in two cases",
        EVENT + EVENT.replace("type", "Type"),
        "its keys",
        "the name 'type' stands over column",
        file="e.jsonl",
    ),
    refused(
        "a line of 3 MB",
        EVENT + EVENT.replace("opened", "x" * 3_000_000),
        "line 2 is longer than 2 MB",
        file="e.jsonl",
    ),
    rejected(
        "key twice in an object",
        events(EVENT.strip().replace('"at"', '"type": "clicked", "at"')),
        {2: "it names a key twice"},
        loaded=1,
        file="e.jsonl",
    ),
    rejected(
        "lines that are none",
        events("// note", "{}", '["a"]', "null", EVENT.replace("opened", "\\ud83d")),
        {
            2: "it is not one JSON object",
            3: "it is empty, and no row of email_events may lack it",
            4: "it is not one JSON object",
            5: "it is not one JSON object",
            6: "it is not one JSON object",
        },
        loaded=1,
        file="e.jsonl",
    ),
]

PARQUET = [
    loaded("as usual", parquet(), 1, L3, "leads.parquet"),
    loaded("ids as numbers", parquet(id="7"), 1, ("7", *L3[1:]), "leads.parquet"),
    loaded(
        "times with a zone",
        parquet(created="timestamptz '2026-11-04 12:00:00+02'"),
        1,
        L3,
        "leads.parquet",
    ),
    loaded("no rows", parquet(id="unnest([]::varchar[])"), 0, None, "leads.parquet"),
    refused(
        "ids as floats", parquet(id="7::double"), "'7.0' is what", file="leads.parquet"
    ),
    refused(
        "ids nested",
        parquet(id="{'a': 1}"),
        "its column for lead_id is nested (STRUCT(a INTEGER))",
        file="leads.parquet",
    ),
    refused(
        "times as numbers",
        parquet(created="46346.5::double"),
        "line 1: created_at: '46346.5' is no time",
        file="leads.parquet",
    ),
    refused(
        "infinity",
        parquet(created="timestamp 'infinity'"),
        "'infinity' lies outside 1980 to 2199",
        file="leads.parquet",
    ),
    refused(
        "column renamed",
        lambda: _copy('select 1 as id, 2 as "E-Mail", 3 as created', "format parquet"),
        "its columns: it has 'E-Mail' where 'email' is expected",
        file="leads.parquet",
    ),
    refused(
        "cut off", lambda: parquet()()[:-20], "cannot read it", file="leads.parquet"
    ),
    refused("its first bytes", b"PAR1", "cannot read it", file="leads.parquet"),
    refused("bytes turned over", _flipped, "cannot read it", file="leads.parquet"),
    refused("CSV", GOOD, "cannot read it", file="leads.parquet"),
    refused("HTML", "<html>", "it is an HTML or XML page", file="leads.parquet"),
    refused("packed", gzip.compress(b""), "must end in", file="leads.parquet.gz"),
]

GROUPS = {
    "encoding": ENCODINGS,
    "line ends": LINE_ENDS_AND_CUT_OFFS,
    "quotes": QUOTES_AND_COMMAS,
    "header": HEADERS,
    "joined": JOINED_FILES_AND_FOOTERS,
    "kind": OTHER_KINDS,
    "packed": COMPRESSION,
    "key": KEYS,
    "spreadsheet": SPREADSHEETS,
    "time": TIMES,
    "content": CONTENTS,
    "json": JSON,
    "parquet": PARQUET,
}
CASES = {
    f"{group}: {case.name}": case for group, cases in GROUPS.items() for case in cases
}
