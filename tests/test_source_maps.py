from __future__ import annotations

from pathlib import Path

import pytest
from ingest_world import LEADS_MAP, World

from leadscore.canonical import TABLES
from leadscore.errors import LeadscoreError
from leadscore.settings import SOURCES, Settings
from leadscore.source_maps import find_map, load_maps

ALSO = "also: [{table: crm_emails, columns: {lead_id: id, email: email}}]"


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path)


def problem(world: World, text: str) -> str:
    path = world.write_map(text)
    with pytest.raises(LeadscoreError) as raised:
        load_maps(world.settings, "crm")
    assert str(path) in str(raised.value)
    return str(raised.value)


@pytest.mark.parametrize("source", SOURCES)
def test_the_generic_maps_name_every_canonical_column(source: str) -> None:
    [generic] = load_maps(Settings(), source)
    every = [each for file_map in generic.files for each in file_map.every]
    assert {file_map.table for file_map in every} == {
        name for name, table in TABLES.items() if table.source == source
    }
    for file_map in every:
        named = {*file_map.columns, "attributes"}
        assert named >= set(file_map.canonical.columns)
    for file_map in generic.files:
        assert all(
            name == entry.column
            for name, entry in file_map.columns.items()
            if name != "link_id"  # is made of both ids
        )


def test_maps_of_the_config_folder_replace_ours_source_by_source(world: World) -> None:
    world.write_map(LEADS_MAP, name="vendor")
    assert [found.name for found in load_maps(world.settings, "crm")] == ["vendor"]
    assert [found.name for found in load_maps(world.settings, "web")] == ["generic"]


def test_a_map_that_ships_is_chosen_by_its_name(tmp_path: Path) -> None:
    settings = Settings(data=tmp_path, maps="hubspt")
    with pytest.raises(LeadscoreError, match=r"MAPS or --maps: .* 'hubspt'"):
        load_maps(settings, "crm")


def test_an_option_at_the_top_holds_for_every_file_that_does_not_say_otherwise(
    world: World,
) -> None:
    world.write_map(
        "null_values: [Select]\ntime_zone: Europe/Berlin\ndelimiter: tab\n"
        + LEADS_MAP
        + "    time_zone: Asia/Tokyo\n"
    )
    [entry] = load_maps(world.settings, "crm")[0].files
    assert entry.null_values == ["Select"]
    assert entry.time_zone == "Asia/Tokyo"
    assert entry.delimiter == "\t"


def test_a_changed_map_is_read_again(world: World) -> None:
    path = world.write_map(LEADS_MAP)
    load_maps(world.settings, "crm")
    path.write_text(LEADS_MAP.replace("email: email", "email: E-Mail"))
    [entry] = load_maps(world.settings, "crm")[0].files
    assert entry.columns["email"].column == "E-Mail"


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("email: email", "emial: email", "no column 'emial': did you mean 'email'?"),
        ("crm_leads", "crm_lead", "no such table: did you mean 'crm_leads'?"),
        ("delivery: snapshot", "delivry: snapshot", "did you mean 'delivery'?"),
        ("delivery: snapshot", "delivery: daily", "'snapshot' or 'changes'"),
        ("lead_id: id", "phone: id", "must say where 'lead_id' comes from"),
        ("optional: [country]", "optional: [lead_id]", "'lead_id' cannot be optional"),
        ("email: email", "email: {sq: x}", "no such key: did you mean 'sql'?"),
        ("email: email", "email: {column: a, sql: b}", "exactly one of column, sql"),
        ("email: email", "email: 7", "files[1].columns.email"),
        ("email: email", "lead_id: email", "'lead_id' stands twice"),
        ("optional: [country]", "null_values: [no]", "not False: put it in quotes"),
        ("optional: [country]", "time_zone: Berlin", "'Berlin' is no time zone"),
        ("optional: [country]", "encoding: ansii", "'ansii' is no encoding"),
        ("optional: [country]", "timestamp_format: '%Q'", "'%Q' is no format of"),
        ("email: email", "email: {row_number: true}", "only make the key, lead_id"),
        ("lead_id: id", "lead_id: {row_number: false}", "lead_id.row_number"),
        ("optional: [country]", "decimal: ';'", "files[1].decimal"),
        ("crm_leads", "web_events", "web_events has no column 'created_at'"),
        ("optional: [country]", "also: [{table: crm_leads}]", "also[1]"),
        ("optional: [country]", ALSO.replace("emails", "leads"), "is fed twice"),
        ("optional: [country]", ALSO.replace("email:", "emial:"), "no column 'emial'"),
        ("optional: [country]", ALSO.replace("{t", "{pattern: x, t"), "the pattern is"),
        ("optional: [country]", "where: 'a = 1; x'", "files[1].where: it is no SQL"),
        ("optional: [country]", "where: now() > a", "now is no function that a source"),
        ("files:", "file:", "needs a list `files:`"),
        ("files:", "files: [", "is no valid YAML"),
    ],
)
def test_a_map_with_a_mistake_is_refused_by_file_and_key(
    world: World, old: str, new: str, message: str
) -> None:
    assert old in LEADS_MAP
    assert message in problem(world, LEADS_MAP.replace(old, new))


def test_a_map_in_the_folder_of_another_source_is_refused(world: World) -> None:
    text = """
files:
  - pattern: x*
    table: email_events
    delivery: changes
    columns: {email: a, event_type: b, occurred_at: c}
"""
    assert "move it to sources/email/" in problem(world, text)


def test_a_file_name_may_fit_only_one_pattern(world: World) -> None:
    world.write_map(LEADS_MAP)
    world.write_map(LEADS_MAP.replace("leads*", "LEADS_eu*"), name="other")
    maps = load_maps(world.settings, "crm")
    assert find_map(maps, "Leads_us.csv") == (maps[0], maps[0].files[0])
    assert find_map(maps, "deals.csv") is None
    with pytest.raises(LeadscoreError, match="fits more than one pattern"):
        find_map(maps, "leads_eu.csv")


def test_a_folder_without_maps_says_what_to_do(world: World) -> None:
    (world.root / "config" / "sources" / "crm").mkdir(parents=True)
    with pytest.raises(LeadscoreError, match="holds no source map: copy one from"):
        load_maps(world.settings, "crm")
