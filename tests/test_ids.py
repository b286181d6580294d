from __future__ import annotations

import json
from datetime import date
from pathlib import Path

import pytest
from ingest_world import DAY, EVENTS_MAP, LEADS_MAP, World

from leadscore.loading.addresses import read_address, read_addresses, read_domain
from leadscore.settings import PROJECT
from leadscore.validate import validate_pending

NEXT_DAY = date(2026, 11, 21)
PEOPLE_MAP = """
files:
  - pattern: leads*
    table: crm_leads
    delivery: snapshot
    columns: {lead_id: id, email: email, first_name: first, last_name: last}
    also:
      - table: crm_merges
        columns: {merged_id: {sql: listed(merged)}, into_id: id}
      - table: crm_emails
        columns: {lead_id: id, email: {sql: "addresses(email)[2:]"}}
"""


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path)


# --- addresses --------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "addresses"),
    [
        ("ANN@X.example", ["ann@x.example"]),
        ("mailto:ann%40x.example?subject=hi", ["ann@x.example"]),
        ("SMTP:ann@x.example", ["ann@x.example"]),
        ("Kern, Ann <ann@x.example>", ["ann@x.example"]),
        ('"Kern, Ann" <ann@x.example>', ["ann@x.example"]),
        ("ann@x.example (Ann Kern)", ["ann@x.example"]),
        ("'ann@x.example'.", ["ann@x.example"]),
        ("\u200bann@x.ex\u200bample\u00a0", ["ann@x.example"]),
        ("ann@x.example; bo@y.example, n/a", ["ann@x.example", "bo@y.example"]),
        ("ann@x.example bo@y.example", ["ann@x.example", "bo@y.example"]),
        ("o'brien@x.example", ["o'brien@x.example"]),
        ("ann@münchen.example", ["ann@xn--mnchen-3ya.example"]),
        ("ANN@XN--MNCHEN-3YA.example", ["ann@xn--mnchen-3ya.example"]),
        ("ann kern@x.example", []),  # which part is wrong is not ours to guess
        ("see notes @ file", []),
        ("ann@@x.example", []),
        ("ann@localhost", []),
        ("", []),
    ],
)
def test_an_address_has_one_spelling(text: str, addresses: list[str]) -> None:
    assert read_addresses(text) == addresses
    assert read_address(text) == (addresses or [text])[0]


@pytest.mark.parametrize(
    ("text", "domain"),
    [
        ("https://WWW.Example.com:443/about?x#y", "example.com"),
        ("//x.example", "x.example"),
        ("www.x.example.", "x.example"),
        ("www.de", "www.de"),
        ("info@x.example", "x.example"),
        ("BÜCHER.example", "xn--bcher-kva.example"),
        ("xn--bcher-kva.example", "xn--bcher-kva.example"),
        ("Not a domain", "not a domain"),
    ],
)
def test_a_domain_has_one_spelling(text: str, domain: str) -> None:
    assert read_domain(text) == domain


# --- one file for several tables --------------------------------------------------


def test_one_file_feeds_records_merges_and_further_addresses(world: World) -> None:
    world.write_map(PEOPLE_MAP)
    world.deliver(
        "leads.csv",
        "id,email,first,last,merged\n"
        "1,\u00a0Ann <ann@x.example>; bo@y.example,\tAnn\u200b,Lee,7; 8\n"
        "2,cy@x.example,Cy,Orr,\n",
    )
    world.load()
    assert world.query("select email, first_name from raw.crm_leads order by 1") == [
        ("ann@x.example", "Ann"),
        ("cy@x.example", "Cy"),
    ]
    assert world.query("select merged_id, into_id from raw.crm_merges order by 1") == [
        ("7", "1"),
        ("8", "1"),
    ]
    assert world.query("select lead_id, email from raw.crm_emails") == [
        ("1", "bo@y.example")
    ]
    world.deliver("leads2.csv", "id,email,first,last\n3,di@x.example,Di,Fox\n")
    tables = {batch.table_name for batch in world.load() if "leads2" in batch.file}
    assert tables == {"crm_leads", "crm_emails"}  # it has no column of merges


def test_few_keys_may_always_be_gone_so_that_merges_can_be_undone(
    world: World,
) -> None:
    world.write_map(PEOPLE_MAP)
    header = "id,email,first,last,merged\n"
    world.deliver("leads.csv", header + "1,a@x.example,Ann,Lee,5;6;7;8\n")
    world.load()
    world.accept()
    world.deliver("leads.csv", header + "1,a@x.example,Ann,Lee,\n", NEXT_DAY)
    assert {batch.status for batch in world.load(NEXT_DAY)} == {"pending"}


# --- ids --------------------------------------------------------------------------


def test_an_id_of_two_people_is_refused_with_its_rows(world: World) -> None:
    world.write_map(PEOPLE_MAP)
    world.deliver("leads_a.csv", "id,email,first,last,merged\n1,a@x.example,Ann,Lee,\n")
    world.deliver("leads_b.csv", "id,email,first,last,merged\n1,b@y.example,Bo,Orr,\n")
    error = world.refusal()
    assert "1 values of lead_id are used on one day for two people" in error
    assert (
        "1 in crm/2026-11-20/leads_a.csv row 2 and crm/2026-11-20/leads_b.csv" in error
    )
    assert world.query("select count(*) from raw.crm_leads") == [(0,)]


def test_an_id_of_one_person_with_another_address_is_one_record(world: World) -> None:
    world.write_map(PEOPLE_MAP)
    world.deliver("leads_a.csv", "id,email,first,last,merged\n1,a@x.example,Ann,Lee,\n")
    world.deliver("leads_b.csv", "id,email,first,last,merged\n1,b@y.example,Ann,Orr,\n")
    assert {batch.status for batch in world.load()} == {"pending"}


@pytest.mark.parametrize(
    ("ids", "words"),
    [
        (["12345678901234500"], "as a spreadsheet rounds them"),
        (["1234567890123450", "1234567890123410"], "as a spreadsheet rounds them"),
        (["1,23457E+16"], "is what a spreadsheet or a data frame makes of an id"),
        (["1.23457E16"], "is what a spreadsheet or a data frame makes of an id"),
    ],
)
def test_rounded_ids_are_refused(world: World, ids: list[str], words: str) -> None:
    world.write_map(LEADS_MAP)
    rows = [f'"{id_}",p{n}@x.example,,2026-11-01\n' for n, id_ in enumerate(ids)]
    world.deliver("leads.csv", "id,email,country,created\n" + "".join(rows))
    assert words in world.refusal()


def test_long_ids_of_which_some_end_in_a_zero_are_no_rounded_ones(world: World) -> None:
    world.write_map(LEADS_MAP)
    ids = range(1234567890123451, 1234567890123481)
    rows = [f"{id_},p{id_}@x.example,,2026-11-01\n" for id_ in ids]
    world.deliver("leads.csv", "id,email,country,created\n" + "".join(rows))
    assert {batch.status for batch in world.load()} == {"pending"}


@pytest.mark.parametrize(
    ("given", "made"),
    [
        ("00Q5g00000Ab001", "00Q5g00000Ab001EAB"),
        ("00Q5g00000Ab001EAB", "00Q5g00000Ab001EAB"),
        ("001ABCDEFGHIJKL", "001ABCDEFGHIJKLY55"),
        ("K-1", "K-1"),
    ],
)
def test_salesforce_ids_have_18_characters(world: World, given: str, made: str) -> None:
    world.write_map("salesforce_ids: true\n" + LEADS_MAP)
    world.deliver(
        "leads.csv", f"id,email,country,created\n{given},a@x.example,,2026-11-01\n"
    )
    world.load()
    assert world.query("select lead_id from raw.crm_leads") == [(made,)]


@pytest.mark.parametrize(
    ("source", "known_by"),
    [("email", ["lead_id", "email"]), ("web", ["lead_id", "email", "visitor_id"])],
)
def test_an_event_names_a_lead_or_somebody_else(
    world: World, source: str, known_by: list[str]
) -> None:
    text = (PROJECT / "sources" / source / "generic.yml").read_text()
    world.write_map(text.replace("files:", "salesforce_ids: true\nfiles:"), source)
    event = {"event_type": "clicked", "occurred_at": "2026-11-19"}
    given = {"lead_id": "00Q5g00000Ab001", "email": "a@x.example", "visitor_id": "v"}
    told = [{name: given[name]} for name in known_by]
    lines = [json.dumps(event | names) for names in [*told, {"lead_id": " "}]]
    world.deliver("e.jsonl", "\n".join([*lines, ""]), source=source)
    world.load(source=source)
    names = ", ".join(f"'{name}', {name}" for name in known_by)
    loaded = world.query(
        f"select json_merge_patch('{{}}', json_object({names})) "
        f"from raw.{source}_events order by source_row"
    )
    told[0] = {"lead_id": "00Q5g00000Ab001EAB"}
    assert [json.loads(row) for (row,) in loaded] == told
    rejected = world.quarantined("e.jsonl.csv", source=source)
    assert "email and lead_id are empty: a row needs one of them" in rejected
    world.deliver("none.jsonl", json.dumps(event) + "\n", source=source)
    assert "of which a row needs one" in world.refusal(source=source)


def test_an_event_that_comes_again_is_a_repeat_and_another_of_its_id_a_fault(
    world: World,
) -> None:
    world.write_map(
        EVENTS_MAP.replace("email: email", "event_id: id\n      email: email"),
        source="email",
    )
    header = "id,email,type,url,at\n"
    rows = [f"e{n},a@x.example,clicked,,2026-11-19 10:00:{n}\n" for n in range(10, 30)]
    world.deliver("a.csv", header + "".join(rows + rows), source="email")
    world.load(source="email")
    assert validate_pending(world.settings, "email").success
    world.accept("email")
    world.deliver("b.csv", header + "".join(rows[:3]), source="email")
    world.load(source="email")
    assert world.query("select rows_repeated from raw.batches order by file") == [
        (20,),
        (3,),
    ]
    others = [row.replace("a@x", "b@x") for row in rows]
    world.deliver("b.csv", header + "".join(others), source="email")
    world.load(source="email")
    (failure,) = validate_pending(world.settings, "email").failures
    assert "One event_id means one event" in failure
    assert f"email/{DAY}/b.csv row " in failure


# --- dates ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("options", "text", "utc"),
    [
        ("", "2026-11-20", "2026-11-20 08:00:00"),
        ("", "2026-11-20 10:00", "2026-11-20 10:00:00"),
        ("time_zone: UTC", "2026-11-20", "2026-11-20 00:00:00"),
        ("timestamp_format: '%d.%m.%Y'", "20.11.2026", "2026-11-20 08:00:00"),
        ("timestamp_format: '%d.%m.%Y %H'", "20.11.2026 10", "2026-11-20 10:00:00"),
    ],
)
def test_a_date_alone_is_the_day_of_the_company(
    world: World, options: str, text: str, utc: str
) -> None:
    for origin in ("created", "{sql: as_time(created)}"):
        if "format" in options and "sql" in origin:
            continue
        world.settings = world.settings.model_copy(
            update={"time_zone": "America/Los_Angeles"}
        )
        world.write_map(
            LEADS_MAP.replace("created_at: created", f"created_at: {origin}")
            + f"    {options}\n"
        )
        world.deliver(
            "leads.csv", f"id,email,created\n{origin[:1]},a@x.example,{text}\n"
        )
        world.load()
        assert world.query(
            "select distinct created_at::varchar from raw.crm_leads"
        ) == [(utc,)]
