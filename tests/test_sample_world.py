"""The sample's world: what is written when, and that no sample meets another's data."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from leadscore import sample_world
from leadscore.errors import LeadscoreError
from leadscore.ingest import load
from leadscore.settings import Settings
from leadscore.warehouse import connect
from sample import read_summary

MONDAY, TUESDAY = date(2026, 11, 23), date(2026, 11, 24)


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    monkeypatch.setattr(sample_world, "LEADS", 200)
    return Settings(data=tmp_path, id_key="test")


def last_day(settings: Settings) -> str:
    sample = read_summary(settings.data)
    assert sample
    return sample.until


def test_a_later_day_moves_the_sample_and_an_earlier_one_does_not(settings):
    sample_world.keep_fresh(settings, MONDAY)
    assert last_day(settings) == "2026-11-23"
    sample_world.keep_fresh(settings, date(2026, 6, 1))
    assert last_day(settings) == "2026-11-23"
    sample_world.keep_fresh(settings, TUESDAY)
    assert last_day(settings) == "2026-11-24"
    sample_world.keep_fresh(settings, None)
    assert last_day(settings) == sample_world.yesterday().isoformat()


def test_extracts_of_ones_own_keep_the_sample_as_it_is(settings):
    sample_world.keep_fresh(settings, MONDAY)
    own = settings.extracts / "crm" / "2026-11-24" / "leads.csv"
    own.parent.mkdir()
    own.write_text("lead_id,email\n1,someone@somewhere.example\n")
    sample_world.keep_fresh(settings, TUESDAY)
    assert last_day(settings) == "2026-11-23"
    assert own.exists()


def test_what_was_made_of_a_sample_goes_with_it_alone(settings):
    sample_world.write(settings, 200, MONDAY, 7)
    load(settings, "crm", MONDAY)
    build = settings.published / "builds" / "b"
    build.mkdir(parents=True)
    (settings.published / "current").symlink_to("builds/b")
    assert list(settings.quarantine.glob("crm/*/*.csv"))
    own = settings.docs / "handbook.md"
    own.parent.mkdir()
    own.write_text("ours")
    sample_world.write(settings, 200, MONDAY, 7)
    assert settings.warehouse.exists()
    assert build.exists()
    sample_world.write(settings, 200, TUESDAY, 7)
    assert not settings.warehouse.exists()
    assert list(settings.published.iterdir()) == []
    assert list(settings.quarantine.iterdir()) == []
    assert own.read_text() == "ours"


def test_a_folder_that_nothing_was_scored_in_keeps_all_it_holds(settings):
    own = settings.published / "builds" / "site.html"
    own.parent.mkdir(parents=True)
    own.write_text("ours")
    sample_world.write(settings, 200, MONDAY, 7)
    sample_world.write(settings, 200, TUESDAY, 7)
    assert own.read_text() == "ours"


def test_a_sample_stays_as_large_and_never_goes_beyond_yesterday(settings):
    sample_world.write(settings, 230, MONDAY, 3)
    sample_world.keep_fresh(settings, date(9999, 1, 1))
    sample = read_summary(settings.data)
    assert sample
    assert (sample.leads, sample.seed) == (230, 3)
    assert sample.until == sample_world.yesterday().isoformat()


@pytest.mark.parametrize("note", ["{", "{}", '{"leads": 1, "more": 2}'])
def test_extracts_beside_a_note_that_cannot_be_read_are_nobodys_sample(settings, note):
    sample_world.write(settings, 200, MONDAY, 7)
    (settings.data / "sample.json").write_text(note)
    sample_world.keep_fresh(settings, TUESDAY)
    with pytest.raises(LeadscoreError, match="holds extracts that no sample wrote"):
        sample_world.write(settings, 200, TUESDAY, 7)


def test_a_warehouse_of_other_data_is_never_touched(settings):
    sample_world.write(settings, 200, MONDAY, 7)
    load(settings, "crm", MONDAY)
    with connect(settings) as warehouse:
        warehouse.execute(
            "update raw.batches set sha256 = 'own' where file like '%accounts.csv'"
        )
    with pytest.raises(LeadscoreError, match=r"accounts\.csv\): choose another folder"):
        sample_world.write(settings, 200, TUESDAY, 7)
    assert last_day(settings) == "2026-11-23"
    assert settings.warehouse.exists()
