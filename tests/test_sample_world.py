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
    report = settings.published / "publication.json"
    report.parent.mkdir()
    report.touch()
    sample_world.write(settings, 200, MONDAY, 7)
    assert settings.warehouse.exists()
    assert report.exists()
    sample_world.write(settings, 200, TUESDAY, 7)
    assert not settings.warehouse.exists()
    assert not report.exists()


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
