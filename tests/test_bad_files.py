"""Nasty files: each is refused with a message that helps, or loaded without loss."""

from __future__ import annotations

import csv
import gzip
from pathlib import Path

import duckdb
import pytest
from ingest_world import DAY, EVENTS_MAP, LEADS_MAP, World

HEADER = "id,email,country,created\n"
ROWS = [f"L{n},p{n}@x.example,DE,2026-11-0{n % 9 + 1} 10:00:00\n" for n in range(20)]
GOOD = HEADER + "".join(ROWS)
SHARED = Path(__file__).resolve().parents[2] / "shared" / "data" / "xeducation"


def parquet(query: str, tmp_path: Path) -> bytes:
    path = tmp_path / "made.parquet"
    duckdb.execute(f"copy ({query}) to '{path}' (format parquet)")
    return path.read_bytes()


def zstd(text: str, tmp_path: Path) -> bytes:
    path = tmp_path / "made.csv.zst"
    (tmp_path / "plain.csv").write_text(text)
    duckdb.execute(
        f"copy (from read_csv('{tmp_path / 'plain.csv'}', all_varchar = true)) "
        f"to '{path}' (format csv, header, compression zstd)"
    )
    return path.read_bytes()


@pytest.fixture
def world(tmp_path: Path) -> World:
    world = World(tmp_path)
    world.write_map(LEADS_MAP)
    world.write_map(EVENTS_MAP, source="email")
    return world


REFUSED_CSV = {
    "empty file": ("", ["it is empty"]),
    "no header": ("\n" + GOOD, ["line 1 is empty"]),
    "missing column": (
        GOOD.replace("created", "", 1).replace(",\n", "\n", 1),
        ["line 1", "lacks the column 'created'"],
    ),
    "header missing altogether": (
        "".join(ROWS),
        ["line 1", "lacks the column 'id'", "lacks the column 'email'"],
    ),
    "renamed column": (
        GOOD.replace("email", "E-Mail", 1),
        ["line 1", "has 'E-Mail' where 'email' is expected"],
    ),
    "renamed optional column": (
        GOOD.replace("country", "Country ", 1),
        ["line 1", "has 'Country ' where 'country' is expected"],
    ),
    "doubled column": (
        GOOD.replace("country", "email", 1),
        ["line 1", "'email' stands over column 2 and over column 3"],
    ),
    "doubled column in another case": (
        GOOD.replace("country", "Email", 1),
        ["line 1", "'Email' stands over column 2 and over column 3"],
    ),
    "swapped header": (
        GOOD.replace("country,created", "created,country", 1),
        [
            "none of its 20 rows",
            "lines 2, 3,",
            "created_at: 'DE' is no time",
            "ISO 8601",
        ],
    ),
    "another delimiter": (
        GOOD.replace(",", ";"),
        ["line 1", "divided by a semicolon, not by a comma", 'delimiter: ";"'],
    ),
    "latin-1": (
        GOOD.replace("p7@", "zoë@").encode("latin-1"),
        ["line 9 is not UTF-8 (byte 0xEB)", "encoding: cp1252"],
    ),
    "utf-16": (GOOD.encode("utf-16"), ["line 1", "UTF-16", "encoding: utf-16"]),
    "utf-16 without mark": (GOOD.encode("utf-16-le"), ["line 1", "NUL byte"]),
    "NUL byte": (GOOD.replace("p3@", "p\0@"), ["line 5 holds a NUL byte"]),
    "cut in a quoted field": (
        GOOD + 'L99,"p99@x.exa',
        ["line 22", "a quote opens there and does not close"],
    ),
    "cut in the middle of a row": (
        GOOD + "L99,p99@x.exam",
        ["line 22: it seems cut off there"],
    ),
    "cut in the middle of a character": (
        (GOOD + "L99,p99@x.example,Ö").encode()[:-1],
        ["line 22", "cut off in the middle of a character"],
    ),
    "quote that never closes": (
        GOOD.replace("p3@x.example", '"p3@x.example'),
        ["line 5", "a quote opens there and does not close"],
    ),
    "quotes that pair up wrongly": (
        GOOD.replace("p3@", '5" p3@').replace("p9@", '7" p9@'),
        ["by its line ends and quotes", "not doubled"],
    ),
    "rows wrapped in quotes": (
        HEADER + "".join(f'"{row.strip()}"\n' for row in ROWS[:8]) + ROWS[9],
        [
            "8 of 9 rows",
            "at most 5 may",
            "lines 2, 3, 4, 5, 6: the whole row is wrapped in one more pair of quotes",
        ],
    ),
    "a value too many": (
        HEADER + "".join(row.replace("\n", ",x\n") for row in ROWS),
        [
            "none of its 20 rows",
            "too many columns: Expected Number of Columns: 4 Found: 5",
        ],
    ),
    "values in a column without a name": (
        GOOD.replace("\n", ",\n", 1).replace("00:00\n", "00:00,x\n"),
        ["line 1", "unnamed column 5 holds values in 20 rows"],
    ),
    "mixed line ends": (
        GOOD.replace("\n", "\r\n", 3),
        ["line 4 ends differently"],
    ),
    "old Mac line ends": (GOOD.replace("\n", "\r"), ["line 1 ends differently"]),
    "mostly bad rows": (
        GOOD.replace("2026-11-0", "soon "),
        ["none of its 20 rows", "line 2: created_at: 'soon 1"],
    ),
    "every row of a small file bad": (
        HEADER + "L1,a@x.example,DE,never\nL2,b@x.example,DE,never\n",
        ["none of its 2 rows", "lines 2, 3: created_at: 'never' is no time"],
    ),
}


@pytest.mark.parametrize("case", REFUSED_CSV)
def test_a_csv_file_is_refused_with_its_line_and_cause(world: World, case: str) -> None:
    content, messages = REFUSED_CSV[case]
    world.deliver("leads.csv", content)
    error = world.refusal()
    assert error.startswith("crm/2026-11-20/leads.csv was refused: ")
    for message in messages:
        assert message in error
    assert world.query("select count(*) from raw.crm_leads") == [(0,)]
    assert world.query("select status from raw.batches") == [("refused",)]
    assert messages[0] in world.quarantined("leads.csv.reason.txt")


def refused_others(tmp_path: Path) -> dict[str, tuple[str, bytes, str]]:
    good = gzip.compress((GOOD * 500).encode())
    whole = parquet(
        "select 'L1' as id, 'a@x.example' as email, now() as created", tmp_path
    )
    packed = zstd(GOOD, tmp_path)
    return {
        "gzip cut in the middle": ("leads.csv.gz", good[: len(good) // 2], "cut off"),
        "gzip without its end": ("leads.csv.gz", good[:-4], "gzip stream"),
        "no gzip at all": ("leads.csv.gz", GOOD.encode(), "gzip stream"),
        "nothing in the gzip": ("leads.csv.gz", gzip.compress(b""), "it is empty"),
        "zstd cut off": ("leads.csv.zst", packed[:-10], "it is cut off"),
        "no zstd at all": ("leads.csv.zst", GOOD.encode(), "not the zstd file"),
        "parquet cut off": ("leads.parquet", whole[:-20], "DuckDB cannot read it"),
        "no parquet at all": ("leads.parquet", GOOD.encode(), "DuckDB cannot read it"),
        "unknown kind of file": ("leads.xlsx", b"PK", "must end in .csv"),
    }


@pytest.mark.parametrize(
    "case",
    [
        "gzip cut in the middle",
        "gzip without its end",
        "no gzip at all",
        "nothing in the gzip",
        "zstd cut off",
        "no zstd at all",
        "parquet cut off",
        "no parquet at all",
        "unknown kind of file",
    ],
)
def test_a_packed_file_is_refused(world: World, tmp_path: Path, case: str) -> None:
    name, content, message = refused_others(tmp_path)[case]
    world.deliver(name, content)
    assert message in world.refusal()
    assert world.query("select count(*) from raw.crm_leads") == [(0,)]


JSONL_ROW = '{"email": "a@x.example", "type": "opened", "at": "2026-11-19 08:00:00"}\n'
REFUSED_JSONL = {
    "not JSON": ("email,type,at\n", "line 1"),
    "blank lines": ("\n\n", "blank lines only"),
    "an array": ("[" + JSONL_ROW.strip() + "]\n", "not one JSON object"),
    "cut off": (JSONL_ROW * 5 + JSONL_ROW[:40], "line 6: it seems cut off there"),
    "key renamed": (JSONL_ROW.replace("type", "event"), "lacks the column 'type'"),
    "key unknown": (
        JSONL_ROW.replace("}", ', "campaign": "x"}'),
        "unknown column 'campaign'",
    ),
    "key in two cases": (
        JSONL_ROW + JSONL_ROW.replace("type", "Type"),
        "the name 'type' stands over column",
    ),
}


@pytest.mark.parametrize("case", REFUSED_JSONL)
def test_a_jsonl_file_is_refused(world: World, case: str) -> None:
    content, message = REFUSED_JSONL[case]
    world.deliver("events.jsonl", content, source="email")
    assert message in world.refusal(source="email")
    assert world.query("select count(*) from raw.email_events") == [(0,)]


def test_bad_rows_of_a_csv_go_to_quarantine_and_good_ones_keep_their_numbers(
    world: World,
) -> None:
    text = HEADER + "".join(
        [
            'L1,"two\nlines@x.example",DE,2026-11-01\n',  # lines 2 and 3
            "L2,b@x.example\n",  # line 4: a field is missing
            "\n",
            "L3,c@x.example,DE,31.12.2026\n",  # line 6: no ISO time
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
        ("6", "created_at", "L3,c@x.example,DE,31.12.2026"),
        ("7", "lead_id", ",d@x.example,DE,2026-11-01"),
        ("8", "email", 'L4,"say "hi""@x,DE,2026-11-01'),
    ]
    assert "Expected Number of Columns: 4 Found: 2" in rows[0]["reason"]
    assert rows[1]["reason"] == "'31.12.2026' is no time in the format ISO 8601"
    assert rows[2]["reason"] == "it is empty, and no row of crm_leads may lack it"
    assert rows[3]["reason"] == "a quote inside the field is not doubled"


def test_bad_rows_of_jsonl_and_parquet_go_to_quarantine(
    world: World, tmp_path: Path
) -> None:
    twice = JSONL_ROW.replace('"at"', '"type": "clicked", "at"')
    world.deliver(
        "events.jsonl.gz",
        gzip.compress((JSONL_ROW + "\n{oops\n" + twice + JSONL_ROW).encode()),
        source="email",
    )
    world.deliver(
        "more.parquet",
        parquet(
            "select * from (values ('a@x.example', 'opened', '2026-11-01'), "
            "(null, 'opened', '2026-11-01')) as t(email, type, \"at\")",
            tmp_path,
        ),
        source="email",
    )
    first, second = world.load(source="email")
    assert (first.rows_read, first.rows_loaded, first.rows_rejected) == (4, 2, 2)
    assert (second.rows_read, second.rows_loaded, second.rows_rejected) == (2, 1, 1)
    kept = world.quarantined("events.jsonl.gz.csv", source="email")
    assert "3,,it is not one JSON object,{oops" in kept
    assert "4,,it names a key twice," in kept
    assert world.query(
        "select source_row from raw.email_events order by batch_id != "
        f"'{first.batch_id}', source_row"
    ) == [(1,), (5,), (1,)]
    assert '2,email,"it is empty' in world.quarantined(
        "more.parquet.csv", source="email"
    )


def test_a_row_longer_than_duckdb_reads_is_rejected_and_named(world: World) -> None:
    long_row = "L77," + "x" * 2_500_000 + ",DE,2026-11-01\n"
    world.deliver("leads.csv", GOOD + long_row + ROWS[1])
    [batch] = world.load()
    assert (batch.rows_loaded, batch.rows_rejected) == (21, 1)
    assert ",22,,line size over maximum" in world.quarantined("leads.csv.csv")[:300]


def test_line_numbers_hold_in_a_large_file(world: World) -> None:
    rows = [f'L{n},"p{n}\n@x.example",DE,2026-11-01 10:00:00\n' for n in range(150_000)]
    for n in (50_000, 100_000, 149_999):
        rows[n] = f"L{n},p{n}@x.example\n"
    world.deliver("leads.csv", HEADER + "".join(rows))
    [batch] = world.load()
    assert (batch.rows_loaded, batch.rows_rejected) == (149_997, 3)
    kept = list(csv.DictReader(world.quarantined("leads.csv.csv").splitlines()))
    assert [row["row"] for row in kept] == [
        f"L{n},p{n}@x.example" for n in (50_000, 100_000, 149_999)
    ]
    assert [row["line"] for row in kept] == ["100002", "200001", "299998"]
    assert world.query(
        "select count(*) from raw.crm_leads "
        "where source_row != substr(lead_id, 2)::int + 2"
    ) == [(0,)]


def test_harmless_oddities_are_loaded_whole(world: World) -> None:
    for name, content in {
        "leads_bom.csv": b"\xef\xbb\xbf" + GOOD.encode(),
        "leads_crlf.csv": GOOD.replace("\n", "\r\n").encode(),
        "leads_no_last_line_end.csv": GOOD.rstrip("\n").encode(),
        "leads_blank_lines.csv": GOOD.replace("\n", "\n\n").encode(),
        "leads_other_order.csv": (
            "created,country,email,id\n"
            + "".join(",".join(reversed(r.strip().split(","))) + "\n" for r in ROWS)
        ).encode(),
        "leads_empty_unnamed_column.csv": GOOD.replace("\n", ",\n").encode(),
        "leads_comma_behind_each_row.csv": (
            HEADER + GOOD[len(HEADER) :].replace("\n", ",\n")
        ).encode(),
        "leads [1] 'x'.csv": GOOD.encode() + b"\n",
        "leads.tsv": GOOD.replace(",", "\t").encode(),
    }.items():
        world.deliver(name, content)
    loaded = world.load()
    assert [batch.rows_loaded for batch in loaded] == [20] * 9
    assert world.query(
        "select distinct email, country, created_at::varchar from raw.crm_leads "
        "where lead_id = 'L3'"
    ) == [("p3@x.example", "DE", "2026-11-04 10:00:00")]


def test_zstd_is_read_and_counted(world: World, tmp_path: Path) -> None:
    text = GOOD + 'L99,"a\n\nb@x.example",DE,2026-11-01\n'
    world.deliver("leads.csv.zst", zstd(text, tmp_path))
    [batch] = world.load()
    assert batch.rows_loaded == 21
    assert world.query("select email from raw.crm_leads where lead_id = 'L99'") == [
        ("a\n\nb@x.example",)
    ]


XEDUCATION_MAP = """
null_values: [Select]
files:
  - pattern: leads*
    table: crm_leads
    delivery: snapshot
    columns: {lead_id: Lead Number, lead_source: Lead Source, city: City}
"""


@pytest.mark.skipif(not SHARED.is_dir(), reason=f"{SHARED} is not on this machine")
@pytest.mark.parametrize("name", ["leads.csv", "leads_trailing_comma.csv"])
def test_a_real_crm_export_is_loaded_whole(world: World, name: str) -> None:
    world.write_map(XEDUCATION_MAP)
    world.deliver(name, (SHARED / name).read_bytes())
    [batch] = world.load()
    assert (batch.rows_read, batch.rows_loaded) == (9240, 9240)
    assert world.query(
        "select count(*), count(distinct lead_id), count(city), "
        "count(attributes ->> 'Specialization') from raw.crm_leads"
    ) == [(9240, 9240, 9240 - 1420 - 2249, 9240 - 1438 - 1942)]


@pytest.mark.skipif(not SHARED.is_dir(), reason=f"{SHARED} is not on this machine")
def test_a_real_export_with_rows_wrapped_in_quotes_is_refused(world: World) -> None:
    world.write_map(XEDUCATION_MAP)
    name = "leads_double_quoted.csv"
    world.deliver(name, (SHARED / name).read_bytes())
    error = world.refusal()
    assert "338 of 9,240 rows cannot be loaded (at most 92 may)" in error
    assert "lines 24, 78, 175, 180, 188: the whole row is wrapped" in error
    assert world.query("select count(*) from raw.crm_leads") == [(0,)]
    assert world.settings.quarantine.joinpath("crm", str(DAY)).is_dir()
