from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
from ingest_world import EVENTS_MAP, LEADS_MAP, World

from leadscore import extracts, summary
from leadscore.errors import LeadscoreError
from leadscore.settings import Settings

MONDAY, TUESDAY, WEDNESDAY = date(2026, 11, 16), date(2026, 11, 17), date(2026, 11, 18)


@pytest.fixture
def world(tmp_path: Path) -> World:
    world = World(tmp_path)
    world.write_map(
        LEADS_MAP
        + """
  - pattern: deals*
    table: crm_opportunities
    delivery: snapshot
    columns: {opportunity_id: id}
  - pattern: calls*
    table: crm_activities
    delivery: changes
    required: false
    columns: {activity_id: id, activity_type: type, occurred_at: at}
"""
    )
    world.write_map(EVENTS_MAP, source="email")
    return world


def settings(world: World, **changes: str) -> Settings:
    kept = {"data": world.settings.data, "config": world.settings.config}
    return Settings(**{**kept, "sources": "crm,email", **changes})


def test_a_skipped_file_is_not_read_and_makes_no_day_complete(world: World) -> None:
    optional = LEADS_MAP.replace("    delivery", "    required: false\n    delivery")
    world.write_map('skip: [leads_old*, "*.pdf"]\n' + optional)
    world.deliver("leads_old.csv", "whatever", MONDAY)
    world.deliver("Guide.PDF", "whatever", MONDAY)
    assert not extracts.is_complete(world.settings, "crm", MONDAY)
    world.deliver("leads.csv", "id,email,created\nL1,a@x.example,\n", MONDAY)
    assert extracts.is_complete(world.settings, "crm", MONDAY)
    assert [batch.file for batch in world.load(MONDAY)] == [f"crm/{MONDAY}/leads.csv"]
    skipped = [extract.name for extract in extracts.find_skipped(world.settings)]
    assert skipped == ["Guide.PDF", "leads_old.csv"]
    places = f"crm/{MONDAY}/Guide.PDF, crm/{MONDAY}/leads_old.csv"
    assert f": 2 files, the newest {places}\n" in summary.skipped(world.settings)
    assert summary.skipped(settings(world, config=str(world.root / "no"))) == ""
    other = "files:\n  - {pattern: leads_old*, table: crm_leads, delivery: changes, "
    world.write_map(other + "columns: {lead_id: id}}\n", name="other")
    assert "leads_old.csv was refused" in world.refusal(MONDAY)  # now it is read
    skipped = [extract.name for extract in extracts.find_skipped(world.settings)]
    assert skipped == ["Guide.PDF"]
    world.write_map("skip: 7\n" + other)
    assert "is not known: " in summary.skipped(world.settings)  # and status goes on


def test_a_day_is_complete_when_every_required_pattern_has_a_file(world: World) -> None:
    world.deliver("leads.csv", "", MONDAY)
    assert not extracts.is_complete(world.settings, "crm", MONDAY)
    world.deliver("deals.csv.part", "", MONDAY)
    world.deliver(".deals.csv", "", MONDAY)
    assert not extracts.is_complete(world.settings, "crm", MONDAY)
    world.deliver("Deals-2.csv.gz", "", MONDAY)
    assert extracts.is_complete(world.settings, "crm", MONDAY)
    assert not extracts.is_complete(world.settings, "crm", TUESDAY)


def test_done_completes_a_day_that_brings_nothing(world: World) -> None:
    world.deliver("_DONE", "", MONDAY)
    assert extracts.is_complete(world.settings, "crm", MONDAY)
    assert extracts.find_extracts(world.settings, "crm", MONDAY) == []


def test_an_empty_folder_is_not_complete_when_nothing_is_required(world: World) -> None:
    world.write_map(EVENTS_MAP + "    required: false\n", source="email")
    folder = world.settings.extracts / "email" / MONDAY.isoformat()
    folder.mkdir(parents=True)
    assert not extracts.is_complete(world.settings, "email", MONDAY)
    world.deliver("x.jsonl", "", MONDAY, "email")
    assert extracts.is_complete(world.settings, "email", MONDAY)


def test_the_newest_complete_day_waits_for_every_source_in_use(world: World) -> None:
    for day in (MONDAY, TUESDAY, WEDNESDAY):
        world.deliver("_DONE", "", day, "crm")
    for day in (MONDAY, TUESDAY):
        world.deliver("_DONE", "", day, "email")
    both = settings(world)
    assert extracts.complete_days(both) == [MONDAY, TUESDAY]
    assert extracts.newest_complete_day(both) == TUESDAY
    stale = settings(world, stale_sources="email")
    assert extracts.newest_complete_day(stale) == WEDNESDAY
    all_stale = settings(world, stale_sources="crm,email")
    assert extracts.newest_complete_day(all_stale) == WEDNESDAY
    assert extracts.newest_complete_day(settings(world, sources="web")) is None


def test_a_day_without_feedback_is_complete_and_makes_no_day(world: World) -> None:
    names = {"sources": "crm,feedback"}
    assert extracts.is_complete(settings(world, **names), "feedback", MONDAY)
    world.deliver("sheet.csv", "", WEDNESDAY, "feedback")
    assert extracts.complete_days(settings(world, **names)) == []
    world.deliver("_DONE", "", MONDAY, "crm")
    assert extracts.complete_days(settings(world, **names)) == [MONDAY]
    # Nobody waits for feedback alone, where all that is waited for may stay away.
    stale = settings(world, **names, stale_sources="crm")
    assert stale.sources_waited_for == []
    assert extracts.complete_days(stale) == [MONDAY]
    needed = "files:\n  - {pattern: sheet*, table: feedback, delivery: changes, "
    needed += "columns: {lead_id: id, verdict: said, given_at: at}}\n"
    world.write_map(needed, source="feedback")  # a map of their own may require it
    assert not extracts.is_complete(settings(world, **names), "feedback", MONDAY)
    assert extracts.complete_days(settings(world, **names)) == []


def test_extracts_are_found_by_day_and_name_up_to_a_day(world: World) -> None:
    world.deliver("b.csv", "", MONDAY)
    world.deliver("a.csv", "", TUESDAY)
    world.deliver("a.csv", "", MONDAY)
    world.deliver("a.csv", "", WEDNESDAY)
    assert [
        found.place for found in extracts.find_extracts(world.settings, "crm", TUESDAY)
    ] == ["crm/2026-11-16/a.csv", "crm/2026-11-16/b.csv", "crm/2026-11-17/a.csv"]


@pytest.mark.parametrize(
    ("place", "message"),
    [
        ("crm/20261116/leads.csv", "is not the folder of a day"),
        ("crm/2026-02-30/leads.csv", "is not the folder of a day"),
        ("crm/leads.csv", "<YYYY-MM-DD>/leads.csv"),
        ("emails/2026-11-16/x.csv", "belongs to no source"),
        ("crm/2026-11-16/part/leads.csv", "lie directly in the day's folder"),
    ],
)
def test_what_lies_where_no_extract_can_lie_is_an_error(
    world: World, place: str, message: str
) -> None:
    path = world.settings.extracts / place
    path.parent.mkdir(parents=True)
    path.write_text("")
    with pytest.raises(LeadscoreError, match=message):
        extracts.find_extracts(world.settings, "crm", WEDNESDAY)


@pytest.mark.parametrize("link", ["file", "day", "source"])
def test_a_link_that_leads_out_of_the_world_is_refused(
    world: World, tmp_path: Path, link: str
) -> None:
    outside = tmp_path / "outside"
    path = world.settings.extracts / "crm" / str(MONDAY) / "leads.csv"
    linked = {"file": path, "day": path.parent, "source": path.parents[1]}[link]
    real = outside / path.relative_to(linked)
    real.parent.mkdir(parents=True, exist_ok=True)
    real.write_text("id,email,created\nxyzzy\n")
    linked.parent.mkdir(parents=True)
    linked.symlink_to(outside)
    refusal = world.refusal(MONDAY)
    assert f"{path} is reached by a link that leads out of" in refusal
    assert "xyzzy" not in refusal
    assert not world.settings.warehouse.exists()


def test_the_folder_of_all_extracts_may_lie_elsewhere(
    world: World, tmp_path: Path
) -> None:
    (tmp_path / "delivered").mkdir()
    world.settings.data.mkdir()
    world.settings.extracts.symlink_to(tmp_path / "delivered")
    world.deliver("leads.csv", "id,email,created\n", MONDAY)
    assert len(extracts.find_extracts(world.settings, "crm", MONDAY)) == 1
