"""The source maps for web analytics that ship: what a vendor's rows become."""

import csv
import gzip
import hashlib
import json
from pathlib import Path

import duckdb
import pytest
from excerpts import Data, ours_and_whole
from ingest_world import World
from test_mappings import first_activity, seed, wanted

from leadscore.canonical import TABLES
from leadscore.settings import PROJECT, Settings
from leadscore.source_maps import load_maps

VENDORS = PROJECT / "tests" / "data" / "vendors"
# Files as the vendors deliver them; expected.csv beside them says what they become.
FILES = {
    "ga4": ["events_20261119.jsonl", "identified.csv"],
    "ga4_flat": ["event.csv"],
    "snowplow": ["snowplow_events.csv"],
    "segment": ["identifies.csv", "pages.csv", "tracks.csv"],
    "server_logs": ["access.log"],
}
UNTOLD = ("lead_id", "properties")  # properties are looked at by themselves
COLUMNS = [name for name in TABLES["web_events"].columns if name not in UNTOLD]
EVENT_PARAMS = (
    "struct(key varchar, value struct(string_value varchar, int_value bigint, "
    "float_value double, double_value double))[]"
)


def world_with(name: str, root: Path) -> World:
    world = World(root)
    world.settings = Settings(data=root / "data", maps=name, sources="web")
    return world


@pytest.fixture
def ga4(tmp_path: Path) -> World:
    return world_with("ga4", tmp_path)


@pytest.fixture
def logs(tmp_path: Path) -> World:
    return world_with("server_logs", tmp_path)


def rows_of(world: World, columns: list[str] = COLUMNS) -> list[tuple]:
    """The rows of raw as texts, in the order of their files' places."""
    texts = ", ".join(f"coalesce({name}::varchar, '')" for name in columns)
    return world.query(
        f"select {texts} from raw.web_events inner join raw.batches using (batch_id) "
        f"order by file, source_row"
    )


def expected(folder: str) -> list[tuple]:
    with (VENDORS / folder / "expected.csv").open(encoding="utf-8", newline="") as file:
        header, *rows = csv.reader(file)
    assert header == COLUMNS
    return [tuple(row) for row in rows]


def load_fixture(name: str, root: Path) -> World:
    world = world_with(name, root)
    for file in FILES[name]:
        world.deliver(file, (VENDORS / name / file).read_bytes(), source="web")
    world.load(source="web")
    return world


def ga4_lines() -> list[str]:
    return (VENDORS / "ga4" / "events_20261119.jsonl").read_text().splitlines()


def rejected(world: World, name: str) -> list[dict[str, str]]:
    return list(csv.DictReader(world.quarantined(name, source="web").splitlines()))


@pytest.mark.parametrize("name", FILES)
def test_a_vendors_files_load_whole_and_become_these_rows(name: str, tmp_path) -> None:
    world = load_fixture(name, tmp_path)
    assert world.query("select sum(rows_rejected) from raw.batches") == [(0,)]
    assert rows_of(world) == expected(name)


UNCOUNTED = {
    "identified",
    "page_ping",
    "password_reset_requested",
    "purchase",
    "request",
    "scroll",
    "session_start",
    "video_complete",
}


@pytest.mark.parametrize("name", FILES)
def test_event_types_are_words_that_activities_know(name: str, tmp_path) -> None:
    known = {row["event_type"] for row in seed("activities") if row["source"] == "web"}
    events = {row[COLUMNS.index("event_type")] for row in expected(name)}
    assert events <= known | UNCOUNTED
    assert not known & UNCOUNTED


@pytest.mark.parametrize(
    ("name", "form", "activity"),
    [
        ("ga4", "demo-request", "demo_requested"),
        ("ga4", "generate_lead", "other_form_submitted"),
        ("ga4_flat", "demo-request", "demo_requested"),
        ("snowplow", "demo-request", "demo_requested"),
        ("snowplow", "contact-sales", "contact_sales_requested"),
        ("segment", "demo_requested", "demo_requested"),
        ("segment", "contact_form_submitted", "contact_sales_requested"),
    ],
)
def test_a_vendors_forms_are_told_apart(name: str, form: str, activity: str) -> None:
    kinds = [(row[5], row[4]) for row in expected(name)]
    assert (form, "form_submitted") in kinds
    position = first_activity("web", "form_submitted", "event_name", form)
    activities = {row["position"]: row["activity"] for row in seed("activities")}
    assert activities[position] == activity


@pytest.mark.parametrize(
    "params",
    [
        EVENT_PARAMS,
        f"struct(list struct(element {EVENT_PARAMS.removesuffix('[]')})[])",
    ],
    ids=["a list", "a list wrapped as BigQuery may write it"],
)
def test_nested_parquet_gives_the_rows_of_nested_json(
    ga4: World, params: str, tmp_path: Path
) -> None:
    rows = [json.loads(line) for line in ga4_lines()]
    if params != EVENT_PARAMS:
        for row in rows:
            row["event_params"] = {
                "list": [{"element": entry} for entry in row["event_params"]]
            }
    types = {
        "event_timestamp": "bigint",
        "event_name": "varchar",
        "event_params": params,
        "user_pseudo_id": "varchar",
        "user_id": "varchar",
        "user_properties": "struct(key varchar, value struct(string_value varchar, "
        "set_timestamp_micros bigint))[]",
        "device": "struct(category varchar, web_info struct(browser varchar))",
        "collected_traffic_source": "struct(manual_source varchar, "
        "manual_medium varchar, manual_campaign_name varchar)",
    }
    lines = tmp_path / "rows.jsonl"
    lines.write_text("".join(json.dumps(row) + "\n" for row in rows))
    path = ga4.deliver("events_20261119.parquet", "", source="web")
    duckdb.execute(
        f"copy (from read_json('{lines}', format = 'newline_delimited', "
        f"columns = {types})) to '{path}'"
    )
    ga4.load(source="web")
    visits = [row for row in expected("ga4") if row[4] != "identified"]
    assert rows_of(ga4) == visits


def test_what_no_column_is_for_is_kept(ga4: World) -> None:
    ga4.deliver("events_20261119.jsonl", ga4_lines()[0] + "\n", source="web")
    ga4.load(source="web")
    [(properties,)] = ga4.query("select properties from raw.web_events")
    kept = json.loads(properties)
    assert kept["event_date"] == "20261119"
    assert json.loads(kept["device"])["web_info"] == {"browser": "Firefox"}


def test_an_expression_does_without_the_columns_that_a_file_lacks(ga4: World) -> None:
    """JSON lines of BigQuery have no column in which every value is null."""
    [row] = [
        json.loads(line) for line in ga4_lines() if "user_id" in line and "42" in line
    ]
    del row["user_id"]
    ga4.deliver("events_20261119.jsonl", json.dumps(row) + "\n", source="web")
    ga4.load(source="web")
    assert ga4.query("select email, utm_medium from raw.web_events") == [
        ("bea@example.com", None)
    ]


@pytest.mark.parametrize(
    ("params", "column"),
    [
        ("spam", "session_id"),
        ({"key": "ga_session_id"}, "session_id"),
        ([1], "session_id"),
        ([{"key": "ga_session_id"}], "session_id"),
        ([{"name": "ga_session_id", "value": {"int_value": "1"}}], "session_id"),
    ],
)
def test_a_row_whose_nesting_is_broken_is_rejected_with_its_line_and_cause(
    ga4: World, params: object, column: str
) -> None:
    lines = ga4_lines()
    lines[3] = json.dumps(json.loads(lines[3]) | {"event_params": params})
    ga4.deliver("events_20261119.jsonl", "\n".join(lines) + "\n", source="web")
    ga4.load(source="web")
    [row] = rejected(ga4, "events_20261119.jsonl.csv")
    assert (row["line"], row["column"], row["row"]) == ("4", column, lines[3])
    assert row["reason"] == (
        "the map's expression fails on this row: param(event_params, 'ga_session_id')"
    )
    assert len(rows_of(ga4)) == len(lines) - 1


def test_a_row_without_a_time_is_rejected_with_the_format_that_is_expected(
    ga4: World,
) -> None:
    lines = ga4_lines()
    lines[1] = json.dumps(json.loads(lines[1]) | {"event_timestamp": "soon"})
    ga4.deliver("events_20261119.jsonl", "\n".join(lines) + "\n", source="web")
    ga4.load(source="web")
    [row] = rejected(ga4, "events_20261119.jsonl.csv")
    assert (row["line"], row["column"]) == ("2", "occurred_at")
    assert row["reason"] == "'soon' is no time in the format epoch_microseconds"


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (
            lambda text: text.replace("event_params", "event_parms"),
            "it has 'event_parms'",
        ),
        (lambda text: text.replace("event_params", "extras"), "it lacks the column"),
        (lambda text: text.replace('"value"', '"val"'), "none of its 11 rows"),
        (lambda text: "[" + text.replace("}\n{", "},\n{") + "]", "a JSON array"),
    ],
    ids=["renamed", "missing", "nested otherwise", "one array"],
)
def test_a_file_that_is_nested_otherwise_is_refused(
    ga4: World, change, message: str
) -> None:
    lines = [line for line in ga4_lines() if '"event_params": []' not in line]
    ga4.deliver("events_1.jsonl", change("\n".join(lines)) + "\n", source="web")
    assert message in ga4.refusal(source="web")
    assert ga4.query("select count(*) from raw.web_events") == [(0,)]


def test_parquet_without_the_nesting_is_refused(ga4: World) -> None:
    path = ga4.deliver("events_1.parquet", "", source="web")
    duckdb.execute(
        f"copy (select 1700000000000000 as event_timestamp, 'page_view' as event_name, "
        f"'v' as user_pseudo_id, [{{'name': 'x'}}] as event_params) to '{path}'"
    )
    error = ga4.refusal(source="web")
    assert "none of its 1 rows can be loaded: line 1: session_id" in error
    assert "param(event_params, 'ga_session_id')" in error


def test_a_visitor_of_the_logs_is_a_hash_of_address_and_agent(tmp_path: Path) -> None:
    world = load_fixture("server_logs", tmp_path)
    [(visitor, agent)] = world.query(
        "select visitor_id, user_agent from raw.web_events where source_row = 1"
    )
    assert visitor == hashlib.sha256(f"192.0.2.7 {agent}".encode()).hexdigest()
    seen = world.query("select count(distinct visitor_id) from raw.web_events")
    assert seen == [(4,)]


REQUESTS = [
    ('"GET / HTTP/1.0" 200', "page_view"),
    ('"GET /a HTTP/1.0" 200', "page_view"),
    ('"GET /a/b.html?x=/c.css HTTP/1.1" 304', "page_view"),
    ('"GET /index.php?p=1 HTTP/1.1" 200', "page_view"),
    ('"GET https://www.example.com/v1.2/a HTTP/1.1" 200', "page_view"),
    ('"GET /a.css HTTP/1.1" 200', "request"),
    ('"GET /a.js?v=/2 HTTP/1.1" 200', "request"),
    ('"GET /img/logo.png HTTP/1.1" 304', "request"),
    ('"GET /favicon.ico HTTP/1.1" 200', "request"),
    ('"GET /robots.txt HTTP/1.1" 200', "request"),
    ('"GET /feed.xml HTTP/1.1" 200', "request"),
    ('"GET /a HTTP/1.1" 301', "request"),
    ('"GET /a HTTP/1.1" 404', "request"),
    ('"GET /a HTTP/1.1" 500', "request"),
    ('"HEAD /a HTTP/1.1" 200', "request"),
    ('"POST /a HTTP/1.1" 200', "request"),
    ('"-" 408', "request"),
    ('"GET /files/a.pdf HTTP/1.1" 200', "file_downloaded"),
    ('"GET /files/a.pdf HTTP/1.1" 404', "request"),
]


def test_only_pages_that_were_found_are_page_views(logs: World) -> None:
    start = "192.0.2.7 - - [10/Oct/2000:13:55:36 -0700]"
    lines = [f'{start} {request} 23 "-" "-"\n' for request, _ in REQUESTS]
    logs.deliver("access.log", "".join(lines), source="web")
    logs.load(source="web")
    assert rows_of(logs, ["event_type", "occurred_at", "referrer", "user_agent"]) == [
        (event_type, "2000-10-10 20:55:36", "", "") for _, event_type in REQUESTS
    ]


def test_logs_keep_their_names_of_rotation_and_packing(logs: World) -> None:
    text = (VENDORS / "server_logs" / "access.log").read_bytes()
    names = ["access.log.1", "ssl_access.log-20261119.gz", "ACCESS.LOG.2.gz", "a.txt"]
    for number, name in enumerate(names):
        content = text.replace(b"192.0.2.7", b"192.0.2.%d" % (10 + number))
        packed = gzip.compress(content) if name.endswith(".gz") else content
        logs.deliver(name, packed, source="web")
    logs.load(source="web")
    assert logs.query("select sum(rows_loaded) from raw.batches") == [(8 * len(names),)]


def test_a_line_of_another_format_is_rejected_with_its_number(logs: World) -> None:
    text = (VENDORS / "server_logs" / "access.log").read_text()
    first, rest = text.split("\n", 1)
    logs.deliver("access.log", f"{first}\n\nserver restarted\n{rest}", source="web")
    logs.load(source="web")
    [row] = rejected(logs, "access.log.csv")
    assert (row["line"], row["column"]) == ("3", "occurred_at")
    assert row["row"] == "server restarted"
    assert "it is empty" in row["reason"]


def test_a_log_that_is_cut_off_or_no_log_is_refused(logs: World) -> None:
    text = (VENDORS / "server_logs" / "access.log").read_text()
    path = logs.deliver("access.log", text + "192.0.2.7 - - [19/No", source="web")
    assert "line 9: it seems cut off there" in logs.refusal(source="web")
    path.write_text("\n\n")
    assert "it holds blank lines only" in logs.refusal(source="web")
    path.write_text("Lorem ipsum\n" * 9)
    assert "none of its 9 rows can be loaded" in logs.refusal(source="web")


def test_each_map_says_how_it_is_chosen() -> None:
    shipped = {path.stem for path in (PROJECT / "sources" / "web").glob("*.yml")}
    by_id = {"klaviyo", "marketo", "pardot"}  # see test_vendor_maps.py
    assert shipped == {*FILES, *by_id, "generic"}
    for name in FILES:
        [source_map] = load_maps(Settings(maps=name), "web")
        assert f"LEADSCORE_MAPS={name}" in source_map.path.read_text()


@pytest.mark.parametrize(
    "data",
    [
        *ours_and_whole(
            "snowplow_web/snowplow_web_events.csv", ("snowplow", 44), ("snowplow", 160)
        ),
        *ours_and_whole(
            "vendor_exports/segment/example_segment_pages.csv",
            ("segment", 2),
            ("segment", 1),
            path="vendors/segment/pages.csv",
        ),
    ],
)
def test_a_vendors_sample_loads_whole(data: Data, tmp_path) -> None:
    name, rows = data.known
    world = world_with(name, tmp_path)
    world.deliver(data.path.name, data.path.read_bytes(), source="web")
    world.load(source="web")
    counts = "select rows_read, rows_loaded, rows_rejected from raw.batches"
    assert world.query(counts) == [(rows, rows, 0)]


@pytest.mark.parametrize(
    "data", ours_and_whole("vendor_exports/ga4_export/event_data.csv", 3, 6)
)
def test_the_flat_sample_loads_but_for_a_column_that_it_names_twice(
    data: Data, tmp_path
) -> None:
    """No table can have that column twice; the sample was written by hand."""
    text = data.path.read_text()
    world = world_with("ga4_flat", tmp_path)
    world.deliver("event_data.csv", text, source="web")
    twice = "the name 'param_session_engaged' stands over column 34 and over column 40"
    assert twice in world.refusal(source="web")
    once = "\n".join(line.rpartition(",")[0] for line in text.splitlines())
    world.deliver("event_data.csv", once + "\n", source="web")
    world.load(source="web")
    loaded = (
        "select rows_loaded, rows_rejected from raw.batches where status = 'pending'"
    )
    assert world.query(loaded) == [(data.known, 0)]


def test_click_ids_are_found_wherever_ga4_has_them(ga4: World) -> None:
    page = json.loads(next(line for line in ga4_lines() if "gclid=abc" in line))
    home = {
        "key": "page_location",
        "value": {"string_value": "https://www.example.com/"},
    }
    ways = [
        ([home], {"gclid": "abc"}),
        ([home], {"dclid": "abc", "manual_medium": None}),
        ([home, {"key": "gclid", "value": {"string_value": "abc"}}], {}),
        *(
            (
                [
                    {
                        **home,
                        "value": {"string_value": f"https://www.example.com/?{tail}"},
                    }
                ],
                {},
            )
            for tail in ("a=1&wbraid=abc", "msclkid=abc", "gclid=", "fbclid=abc")
        ),
        ([home], {"gclid": ""}),
    ]
    lines = [
        json.dumps(
            {**page, "event_params": params, "collected_traffic_source": traffic}
        )
        for params, traffic in ways
    ]
    ga4.deliver("events_20261119.jsonl", "\n".join(lines), source="web")
    ga4.load(source="web")
    # An organic link from Facebook has an fbclid as well.
    assert rows_of(ga4, ["utm_medium"]) == [("cpc",)] * 5 + [("",)] * 3


def test_how_much_of_a_video_was_watched_stands_before_its_title(ga4: World) -> None:
    video = json.loads(next(line for line in ga4_lines() if "video_complete" in line))
    *others, title = video["event_params"]
    assert title["key"] == "video_title"
    half = {"key": "video_percent", "value": {"int_value": "50"}}
    lines = [
        json.dumps({**video, "event_name": kind, "event_params": [*others, *params]})
        for kind, params in (
            ("video_progress", [half, title]),
            ("video_progress", [half]),
            ("video_progress", [title]),
            ("video_progress", []),
            ("video_complete", [half, title]),
        )
    ]
    ga4.deliver("events_20261119.jsonl", "\n".join(lines), source="web")
    ga4.load(source="web")
    names = [name for (name,) in rows_of(ga4, ["event_name"])]
    assert names == ["50 The tour", "50", "The tour", "", "The tour"]
    assert [wanted("50 *", name) for name in names] == [True, True, *[False] * 3]


def test_segment_tells_forms_by_whole_words(tmp_path: Path) -> None:
    events = {
        "newsletter_subscribed": "form_submitted",
        "demo_not_requested": "demo_not_requested",
        "platform_registered": "platform_registered",
        "newsletter_unsubscribed": "newsletter_unsubscribed",
    }
    world = world_with("segment", tmp_path)
    rows = "".join(f"{n},a,,2026-11-19,{event}\n" for n, event in enumerate(events))
    header = "id,anonymous_id,user_id,timestamp,event\n"
    world.deliver("tracks.csv", header + rows, source="web")
    world.load(source="web")
    assert rows_of(world, ["event_type"]) == [(kind,) for kind in events.values()]
