"""What a source map can say of the look of its files, each option by loading one."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest
from damage_cases import zstd
from ingest_world import LEADS_MAP, World

TEXT = "id,email,country,created\nL1,zoë@x.example,DE,2026-07-01 10:00:00\n"
TABBED = TEXT.replace(",", "\t")
ROW = ("L1", "zoë@x.example", "DE", "2026-07-01 10:00:00")

FILES = {
    "as usual": ("leads.csv", "", TEXT.encode()),
    "BOM": ("leads.csv", "", b"\xef\xbb\xbf" + TEXT.encode()),
    "BOM that the map names": (
        "leads.csv",
        "encoding: utf-8-sig",
        TEXT.encode("utf-8-sig"),
    ),
    "CRLF": ("leads.csv", "", TEXT.replace("\n", "\r\n").encode()),
    "semicolons": ("leads.csv", 'delimiter: ";"', TEXT.replace(",", ";").encode()),
    "bars": ("leads.csv", 'delimiter: "|"', TEXT.replace(",", "|").encode()),
    "tabs in a .csv": ("leads.csv", "delimiter: tab", TABBED.encode()),
    "tsv": ("leads.tsv", "", TABBED.encode()),
    "tsv, gzip": ("leads.tsv.gz", "", gzip.compress(TABBED.encode())),
    "gzip": ("leads.csv.gz", "", gzip.compress(TEXT.encode())),
    "zstd": ("leads.csv.zst", "", zstd(TEXT)),
    "latin-1": ("leads.csv", "encoding: latin-1", TEXT.encode("latin-1")),
    "cp1252": ("leads.csv", "encoding: cp1252", TEXT.encode("cp1252")),
    "cp1252, gzip": (
        "leads.csv.gz",
        "encoding: cp1252",
        gzip.compress(TEXT.encode("cp1252")),
    ),
    "UTF-16": ("leads.csv", "encoding: utf-16", TEXT.encode("utf-16")),
    "UTF-16 without mark": (
        "leads.csv",
        "encoding: utf-16-le",
        TEXT.encode("utf-16-le"),
    ),
    "UTF-16, tabs, as Excel saves": (
        "leads.csv",
        "encoding: utf-16\n    delimiter: tab",
        TABBED.replace("\n", "\r\n").encode("utf-16"),
    ),
    "another quote": ("leads.csv", 'quote: "\'"', TEXT.replace("DE", "'DE'").encode()),
    "null values": (
        "leads.csv",
        'null_values: ["-", "NULL", "1970-01-01"]',
        (TEXT + "L2,-,NULL,1970-01-01\n").encode(),
    ),
}


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path)


@pytest.mark.parametrize("name", FILES)
def test_a_file_of_this_look_is_read(world: World, name: str) -> None:
    file, options, content = FILES[name]
    world.write_map(LEADS_MAP + f"    {options}\n")
    world.deliver(file, content)
    world.load()
    rows = world.query(
        "select lead_id, email, country, created_at::varchar from raw.crm_leads "
        "order by lead_id"
    )
    assert rows[0] == ROW
    assert rows[1:] == ([("L2", None, None, None)] if "null" in name else [])


def test_files_without_quoting_keep_every_quote(world: World) -> None:
    world.write_map(LEADS_MAP + '    quote: ""\n')
    world.deliver("leads.csv", TEXT + '"L2,5" rack,"D",2026-07-01\n')
    world.load()
    assert world.query("select lead_id, email, country from raw.crm_leads")[1] == (
        '"L2',
        '5" rack',
        '"D"',
    )


# Options, text, and the time in UTC; without one the row must be rejected.
TIMES = [
    ("", "2026-07-01 10:00:00 UTC", "2026-07-01 10:00:00"),
    ("", "2026-07-01T10:00:00.250+02:00", "2026-07-01 08:00:00.25"),
    ("time_zone: America/New_York", "2026-01-15 10:00", "2026-01-15 15:00:00"),
    ("time_zone: America/New_York", "2026-07-15 10:00", "2026-07-15 14:00:00"),
    ("time_zone: America/New_York", "2026-07-15 10:00:00 UTC", "2026-07-15 10:00:00"),
    # In spring 02:30 does not exist: it is 03:30. In autumn it is twice: the later one.
    ("time_zone: Europe/Berlin", "2026-03-29 02:30", "2026-03-29 01:30:00"),
    ("time_zone: Europe/Berlin", "2026-10-25 02:30", "2026-10-25 01:30:00"),
    ("timestamp_format: epoch_seconds", "1782900000", "2026-07-01 10:00:00"),
    ("timestamp_format: epoch_seconds", "1782900000.5", "2026-07-01 10:00:00.5"),
    ("timestamp_format: epoch_milliseconds", "1782900000000", "2026-07-01 10:00:00"),
    ("timestamp_format: epoch_microseconds", "1782900000000000", "2026-07-01 10:00:00"),
    ("timestamp_format: epoch_microseconds", "1782900000", None),
    ("timestamp_format: '%d.%m.%y'", "01.07.26", "2026-07-01 00:00:00"),
    ("timestamp_format: '%d.%m.%y'", "01.07.99", "1999-07-01 00:00:00"),
    (
        "timestamp_format: '%m/%d/%Y %I:%M %p'",
        "7/1/2026 2:03 PM",
        "2026-07-01 14:03:00",
    ),
]
SEVERAL = (
    "timestamp_format: ['%d.%m.%Y', '%d.%m.%y', '%Y-%m-%d %H:%M:%S %z', '%m.%d.%Y']"
)
TIMES += [
    (SEVERAL, "13.07.2026", "2026-07-13 00:00:00"),
    (SEVERAL, "13.07.26", "2026-07-13 00:00:00"),
    (SEVERAL, "2026-07-01 10:00:00 +0200", "2026-07-01 08:00:00"),
    (SEVERAL, "07.13.2026", "2026-07-13 00:00:00"),
    (SEVERAL, "07.07.2026", "2026-07-07 00:00:00"),
    (SEVERAL, "01.07.2026", None),  # July or January
    (SEVERAL, "2026-07-01", None),
    (
        f"{SEVERAL}\n    time_zone: Europe/Berlin",
        "13.07.2026",
        "2026-07-12 22:00:00",
    ),
    (
        f"{SEVERAL}\n    time_zone: Europe/Berlin",
        "2026-07-01 10:00:00 +0200",
        "2026-07-01 08:00:00",
    ),
]


@pytest.mark.parametrize(("options", "text", "utc"), TIMES)
def test_a_time_is_read_as_the_map_says_or_not_at_all(
    world: World, options: str, text: str, utc: str | None
) -> None:
    world.write_map(LEADS_MAP + f"    {options}\n")
    world.deliver("leads.csv", f"id,email,created\nL1,a@x.example,{text}\nL2,b@x.e,\n")
    [batch] = world.load()
    assert batch.rows_rejected == (utc is None)
    found = world.query(
        "select created_at::varchar from raw.crm_leads order by lead_id"
    )
    assert found == [(utc,), (None,)][utc is None :]


ACCOUNTS_MAP = """
files:
  - pattern: accounts*
    table: crm_accounts
    delivery: snapshot
    columns:
      account_id: id
      employee_count: staff
      annual_revenue: revenue
      is_deleted: deleted
    optional: [employee_count, annual_revenue, is_deleted]
"""
COMMA = 'decimal: ","'
# Column, options, text and what raw holds; without one the row must be rejected.
VALUES = [
    *(("deleted", "", text, "true") for text in ("TRUE", "Yes", "t", "1", " y ")),
    *(("deleted", "", text, "false") for text in ("false", "No", "F", "0", "n")),
    *(("deleted", "", text, None) for text in ("on", "x", "2", "ja")),
    ("revenue", "", "1234.5", "1234.50"),
    ("revenue", "", "-7", "-7.00"),
    ("revenue", "", "1,234.50", None),  # in a file with decimal commas: 1.2345
    ("revenue", "", "€ 5", None),
    ("revenue", COMMA, "1234,5", "1234.50"),
    ("revenue", COMMA, "1.234.567,89", "1234567.89"),
    ("revenue", COMMA, "-1.234", "-1234.00"),
    ("revenue", COMMA, "12.50", None),  # no thousands: 1250 would be another number
    ("revenue", COMMA, "1,234.50", None),
    ("revenue", COMMA, "1,2,3", None),
    ("staff", "", "12", "12"),
    ("staff", "", "1.5", None),
    ("staff", "", "1,200", None),
    ("staff", COMMA, "1.200", "1200"),
    ("staff", COMMA, "1.20", None),
]


@pytest.mark.parametrize(("column", "options", "text", "value"), VALUES)
def test_a_number_or_an_answer_is_read_as_the_map_says_or_not_at_all(
    world: World, column: str, options: str, text: str, value: str | None
) -> None:
    world.write_map(ACCOUNTS_MAP + f"    {options}\n")
    world.deliver("accounts.csv", f'id,{column}\nA1,"{text}"\nA2,\n')
    [batch] = world.load()
    assert batch.rows_rejected == (value is None)
    name = {"staff": "employee_count", "revenue": "annual_revenue"}.get(column)
    found = world.query(
        f"select {name or 'is_deleted'}::varchar from raw.crm_accounts "
        f"order by account_id"
    )
    assert found == [(value,), (None,)][value is None :]
