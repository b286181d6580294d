"""Damaged files: each is refused with lines and cause, or loaded without loss."""

from __future__ import annotations

import csv
import json
import os
from datetime import date
from pathlib import Path

import pytest
from damage_cases import CASES, GOOD, HEADER, ROWS, Case
from excerpts import Data, ours_and_whole
from ingest_world import DAY, EVENTS_MAP, LEADS_MAP, World

from leadscore import ingest

MAPS = {"crm": LEADS_MAP, "email": EVENTS_MAP}
TABLES = {"crm": "crm_leads", "email": "email_events"}


@pytest.fixture
def world(tmp_path: Path) -> World:
    world = World(tmp_path)
    world.write_map(LEADS_MAP)
    world.write_map(EVENTS_MAP, source="email")
    return world


@pytest.mark.parametrize("name", CASES)
def test_a_damaged_file_loses_nothing_in_silence(world: World, name: str) -> None:
    case = CASES[name]
    options = "".join(f"    {line}\n" for line in case.options.splitlines())
    world.write_map(MAPS[case.source] + options, case.source)
    content = case.content() if callable(case.content) else case.content
    world.deliver(case.file, content, source=case.source)
    if case.messages:
        check_refused(world, case)
    else:
        [batch] = world.load(source=case.source)
        assert (batch.rows_loaded, batch.rows_rejected) == (case.loaded, len(case.bad))
    # What must hold for each file, whatever became of it.
    [(read, loaded, rejected)] = world.query(
        "select rows_read, rows_loaded, rows_rejected from raw.batches"
    )
    assert read == loaded + rejected
    table = TABLES[case.source]
    assert world.query(f"select count(*) from raw.{table}") == [(loaded,)]
    kept = quarantined(world, case)
    assert [int(row["line"]) for row in kept] == list(case.bad)
    for row in kept:
        assert case.bad[int(row["line"])] in row["reason"]
    if case.row:
        assert case.row in world.query(
            "select lead_id, email, country, created_at::varchar from raw.crm_leads"
        )


def check_refused(world: World, case: Case) -> None:
    """Check that the file is refused as the case says, with nothing of it in raw."""
    error = world.refusal(source=case.source)
    assert error.startswith(f"{case.source}/{DAY}/{case.file} was refused: ")
    for message in case.messages:
        assert message in error
    assert world.query("select status, rows_loaded from raw.batches") == [
        ("refused", 0)
    ]
    reason = world.quarantined(f"{case.file}.reason.txt", source=case.source)
    assert case.messages[0] in reason


def quarantined(world: World, case: Case) -> list[dict[str, str]]:
    """Return the rows that the quarantine keeps of a file."""
    folder = world.settings.quarantine / case.source / str(DAY)
    path = folder / f"{case.file}.csv"
    if not path.exists():
        return []
    csv.field_size_limit(10_000_000)
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


# --- rows in quarantine -----------------------------------------------------------


def test_bad_rows_go_to_quarantine_and_good_ones_keep_their_numbers(
    world: World,
) -> None:
    text = HEADER + "".join(
        [
            'L1,"two\nlines@x.example",DE,2026-11-01\n',  # lines 2 and 3
            "L2,b@x.example\n",  # line 4: a field is missing
            "\n",
            "L3,c@x.example,#REF!,2026-11-01\n",  # line 6: damaged by a spreadsheet
            ",d@x.example,DE,2026-11-01\n",  # line 7: no key
            'L4,"say "hi""@x,DE,2026-11-01\n',  # line 8: quotes not doubled
            "L5,e@x.example,DE,2026-11-02T01:00:00+02:00\n",  # line 9
        ]
    )
    world.deliver("leads.csv", text)
    [batch] = world.load()
    assert (batch.rows_read, batch.rows_loaded, batch.rows_rejected) == (6, 2, 4)
    assert world.query(
        "select lead_id, source_row, created_at::varchar from raw.crm_leads "
        "order by source_row"
    ) == [("L1", 2, "2026-11-01 00:00:00"), ("L5", 7, "2026-11-01 23:00:00")]
    rows = list(csv.DictReader(world.quarantined("leads.csv.csv").splitlines()))
    assert [(row["line"], row["column"], row["row"]) for row in rows] == [
        ("4", "", "L2,b@x.example"),
        ("6", "country", "L3,c@x.example,#REF!,2026-11-01"),
        ("7", "lead_id", ",d@x.example,DE,2026-11-01"),
        ("8", "email", 'L4,"say "hi""@x,DE,2026-11-01'),
    ]


def test_rows_of_json_and_parquet_keep_their_numbers(world: World) -> None:
    event = '{"email": "a@x.example", "type": "opened", "at": "2026-11-19 08:00:00"}\n'
    world.deliver("e.jsonl", event + "\n{oops\n" + event, source="email")
    [batch] = world.load(source="email")
    assert (batch.rows_read, batch.rows_loaded) == (3, 2)
    kept = world.quarantined("e.jsonl.csv", source="email")
    assert "3,,it is not one JSON object,{oops" in kept
    assert world.query("select source_row from raw.email_events order by 1") == [
        (1,),
        (4,),
    ]


def test_line_numbers_hold_in_a_large_file(world: World) -> None:
    rows = [f'L{n},"p{n}\n@x.example",DE,2026-11-01 10:00:00\n' for n in range(150_000)]
    broken = (50_000, 50_001, 50_002, 100_000, 149_999)
    for n in broken:
        rows[n] = f"L{n},p{n}@x.example\n"
    world.deliver("leads.csv", HEADER + "".join(rows))
    [batch] = world.load()
    assert (batch.rows_loaded, batch.rows_rejected) == (149_995, 5)
    kept = list(csv.DictReader(world.quarantined("leads.csv.csv").splitlines()))
    assert [(row["line"], row["row"]) for row in kept] == [
        (line, f"L{n},p{n}@x.example")
        for n, line in zip(
            broken, ("100002", "100003", "100004", "199999", "299996"), strict=True
        )
    ]
    assert world.query(
        "select count(*) from raw.crm_leads "
        "where source_row != substr(lead_id, 2)::int + 2"
    ) == [(0,)]


# --- the place of a file ----------------------------------------------------------


def test_what_is_still_being_written_is_not_there_yet(world: World) -> None:
    world.deliver("leads.csv.part", GOOD[:99])
    world.deliver(".leads.csv", GOOD[:99])
    assert world.load() == []


def test_a_file_that_grows_while_it_is_read_is_refused(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = world.deliver("leads.csv", GOOD)
    load_file = ingest.load_file

    def load_and_grow(*arguments: object) -> object:
        loaded = load_file(*arguments)
        path.write_text(GOOD + "L99,p99@x.example,DE,2026-11-01\n")
        return loaded

    monkeypatch.setattr(ingest, "load_file", load_and_grow)
    assert "it was changed while it was read: deliver under a name" in world.refusal()
    assert world.query("select count(*) from raw.crm_leads") == [(0,)]


def test_a_link_to_a_file_is_as_good_as_the_file(world: World) -> None:
    path = world.deliver("leads.csv", "")
    real = world.settings.data / "real.csv"
    path.rename(real).write_text(GOOD)
    path.symlink_to(real)
    assert [batch.rows_loaded for batch in world.load()] == [20]


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (Path.mkdir, "is a folder: extract files lie directly in the day's folder"),
        (lambda path: path.symlink_to("nowhere"), "is no file (a link that leads now"),
        (lambda path: path.symlink_to(path), "is no file (a link that leads nowhere?)"),
        (os.mkfifo, "is no file"),
        (lambda path: Path(f"{path}\udcff").touch(), "signs that cannot be printed"),
        (lambda path: Path(f"{path}\n.csv").touch(), "signs that cannot be printed"),
    ],
    ids=["folder", "broken link", "link to itself", "pipe", "Latin-1", "line end"],
)
def test_what_is_no_extract_file_is_named(world: World, make, message: str) -> None:
    path = world.deliver("leads.csv", GOOD)
    path.unlink()
    make(path)
    assert message in world.refusal()


def test_a_file_that_may_not_be_read_is_named_and_holds_up_no_other(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    secret = world.deliver("leads_secret.csv", GOOD)
    world.deliver("leads.csv", GOOD)
    opened = Path.open

    def deny(path: Path, *arguments: object, **options: object) -> object:
        if path == secret:  # by hand: root may read any file
            raise PermissionError(13, "Permission denied")
        return opened(path, *arguments, **options)

    monkeypatch.setattr(Path, "open", deny)
    error = world.refusal()
    assert "leads_secret.csv: it cannot be opened (Permission denied)" in error
    assert world.query("select rows_loaded from raw.batches") == [(20,)]


@pytest.mark.parametrize(
    "rows",
    [
        ROWS[:15],
        [row.replace("L", "") for row in ROWS],
        [row.replace("L", "l") for row in ROWS],
        [],
    ],
    ids=["a quarter gone", "keys cut", "keys in another case", "header alone"],
)
def test_a_snapshot_that_lacks_keys_of_the_last_is_refused(
    world: World, rows: list[str]
) -> None:
    world.deliver("leads.csv", GOOD)
    world.load()
    world.accept()
    world.deliver("leads.csv", HEADER + "".join(rows), date(2026, 11, 21))
    error = world.refusal(date(2026, 11, 21))
    assert "of the 20 values of lead_id in the snapshot before are gone" in error
    assert world.query("select count(*) from raw.crm_leads") == [(20,)]


# --- exports as they come ---------------------------------------------------------

XEDUCATION_MAP = """
files:
  - pattern: leads*
    table: crm_leads
    delivery: snapshot
    columns: {lead_id: Lead Number, lead_source: Lead Source, city: City}
"""


@pytest.mark.parametrize("data", ours_and_whole("xeducation", 60, 9240))
@pytest.mark.parametrize("name", ["leads.csv", "leads_trailing_comma.csv"])
def test_an_export_is_loaded_whole_and_each_value_in_its_column(
    world: World, data: Data, name: str
) -> None:
    world.write_map(XEDUCATION_MAP)
    world.deliver(name, (data.path / name).read_bytes())
    [batch] = world.load()
    counts = (batch.rows_read, batch.rows_loaded, batch.rows_rejected)
    assert counts == (data.known, data.known, 0)
    loaded = [
        {"Lead Number": key, "Lead Source": source, "City": city, **json.loads(rest)}
        for key, source, city, rest in world.query(
            "select lead_id, lead_source, city, attributes "
            "from raw.crm_leads order by source_row"
        )
    ]
    with (data.path / "leads.csv").open(encoding="utf-8", newline="") as file:
        delivered = list(csv.DictReader(file))
    assert [{k: v for k, v in row.items() if v} for row in loaded] == [
        {k: v for k, v in row.items() if v.strip()} for row in delivered
    ]


@pytest.mark.parametrize(
    "data",
    ours_and_whole(
        "xeducation/leads_double_quoted.csv",
        [
            "16 of 60 rows cannot be loaded (at most 5 may)",
            "lines 8, 13, 21, 23, 25: the whole row is wrapped",
        ],
        [
            "338 of 9,240 rows cannot be loaded (at most 92 may)",
            "lines 24, 78, 175, 180, 188: the whole row is wrapped",
        ],
    ),
)
def test_an_export_with_rows_wrapped_in_quotes_is_refused(
    world: World, data: Data
) -> None:
    world.write_map(XEDUCATION_MAP)
    world.deliver(data.path.name, data.path.read_bytes())
    error = world.refusal()
    for part in data.known:
        assert part in error
    assert world.query("select count(*) from raw.crm_leads") == [(0,)]


MANGLED = "olist_funnel/closed_deals_excel_mangled.csv"
OLIST_MAP = """
files:
  - pattern: closed_deals*
    table: crm_leads
    delivery: changes
    columns:
      lead_id: mql_id
      converted_at: {column: won_date, timestamp_format: "%d-%m-%Y %H:%M"}
"""


@pytest.mark.parametrize(
    "data",
    ours_and_whole(
        MANGLED,
        (
            [
                "7 of 24 rows cannot be loaded (at most 5 may): lines 8, 13:",
                "average_stock: '01-May' reads like a date that a spreadsheet made",
                "lines 15, 16, 18: average_stock: 'May-20' reads like a date",
            ],
            24,
            "2018-03-27 15:26:00",
            "18463b8a4d27667d9d1289458cc8678b",
        ),
        (
            [
                "32 of 842 rows cannot be loaded (at most 8 may): lines 36, 43:",
                "average_stock: '01-May' reads like a date that a spreadsheet made",
                "lines 61, 72, 88: average_stock: 'May-20' reads like a date",
            ],
            842,
            "2018-02-26 19:58:00",
            "5420aad7fec3549a85876ba1c529bd84",
        ),
    ),
)
def test_a_file_that_excel_mangled_is_refused_with_what_it_did(
    world: World, data: Data
) -> None:
    parts, rows, converted_at, lead_id = data.known
    world.write_map(OLIST_MAP)
    world.deliver(data.path.name, data.path.read_bytes())
    error = world.refusal()
    for part in parts:
        assert part in error
    world.write_map(OLIST_MAP + "    ignore: [average_stock]\n")
    assert [batch.rows_loaded for batch in world.load()] == [rows]
    assert world.query(
        "select lead_id from raw.crm_leads "
        f"where converted_at = '{converted_at}' order by 1 limit 1"
    ) == [(lead_id,)]


@pytest.mark.parametrize(
    "data", ours_and_whole(MANGLED, "13-09-2018 10:36", "26-02-2018 19:58")
)
def test_the_dates_that_excel_turned_round_fail_the_map_of_the_file_as_it_was(
    world: World, data: Data
) -> None:
    whole = OLIST_MAP.replace("%d-%m-%Y %H:%M", "%Y-%m-%d %H:%M:%S")
    world.write_map(whole + "    ignore: [average_stock]\n")
    world.deliver(data.path.name, data.path.read_bytes())
    assert f"converted_at: '{data.known}' is no time" in world.refusal()
