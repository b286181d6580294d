"""The example in examples/xeducation, on rows of ours and on the real export."""

import csv
import io
import os
import re
import shutil
from datetime import date
from pathlib import Path
from unittest import mock

import duckdb
import pytest
import yaml
from excerpts import Data, ours_and_whole
from pipeline_world import score_again
from rich.console import Console

from leadscore import pipeline
from leadscore.errors import LeadscoreError
from leadscore.judging.judge import build
from leadscore.judging.targets import find_targets
from leadscore.rules import check_settings
from leadscore.settings import PROJECT, Settings
from leadscore.suggesting.suggest import suggest
from leadscore.warehouse import connect

Row = dict[str, object]
EXAMPLE = PROJECT / "examples" / "xeducation"
DAY = "2026-11-20"
AFTER_CONTACT = {
    "Converted",
    "Tags",
    "Lead Quality",
    "Lead Profile",
    "Last Activity",
    "Last Notable Activity",
    "Asymmetrique Activity Index",
    "Asymmetrique Profile Index",
    "Asymmetrique Activity Score",
    "Asymmetrique Profile Score",
}


def rules_of(config: Path) -> list[dict[str, str]]:
    with (config / "rules" / "signal_rules.csv").open(encoding="utf-8") as file:
        return list(csv.DictReader(file))


EXPORTS = ours_and_whole("xeducation/leads.csv", (60, 23), (9240, 3561))
of_the_whole = pytest.mark.parametrize("data", EXPORTS[1:], indirect=True)


@pytest.fixture(scope="module", params=EXPORTS)
def data(request) -> Data:
    return request.param


@pytest.fixture(scope="module")
def counts(data) -> tuple[int, int]:
    """How many leads there are, and how many of them converted."""
    return data.known


@pytest.fixture(scope="module")
def export(data) -> list[dict[str, str]]:
    with data.path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@pytest.fixture(scope="module")
def world(data, tmp_path_factory):
    """The world after one run."""
    root = tmp_path_factory.mktemp("courses")
    delivery = root / "extracts" / "crm" / DAY
    delivery.mkdir(parents=True)
    shutil.copyfile(data.path, delivery / "leads.csv")
    environment = {
        "LEADSCORE_DATA": str(root),
        "LEADSCORE_CONFIG": str(EXAMPLE),
        "LEADSCORE_SOURCES": "crm",
    }
    with mock.patch.dict(os.environ, environment):
        pipeline.load("crm", DAY)
        pipeline.validate("crm", DAY)
        pipeline.layer("rules", DAY)
        score_again(Settings(), date.fromisoformat(DAY))
        pipeline.audit(DAY)
        pipeline.publish(DAY)
        yield Settings()


def published(world: Settings, query: str) -> list[tuple]:
    path = world.published / "lead_scores.duckdb"
    with duckdb.connect(str(path), read_only=True) as connection:
        return connection.execute(query).fetchall()


def raw(world: Settings, query: str) -> list[tuple]:
    with duckdb.connect(str(world.warehouse), read_only=True) as connection:
        return connection.execute(query).fetchall()


@pytest.fixture(scope="module")
def judgement(world) -> list[Row]:
    """The tenths by points, as `leadscore judge` has them, and the whole."""
    build(world, find_targets(world), [], Console(quiet=True))
    with connect(world, read_only=True) as connection:
        found = connection.execute(
            "select leads, successes, lift, auc, is_dated, rate "
            "from marts.score_performance "
            "inner join (select auc, is_dated from marts.ruleset_performance) on true "
            "where band_kind = 'tenth' and cut_off is null order by band_order"
        )
        names = [column[0] for column in found.description or []]
        return [dict(zip(names, row, strict=True)) for row in found.fetchall()]


def test_every_row_is_loaded_and_every_lead_published(world, export, counts):
    leads, _ = counts
    assert len(export) == leads
    loaded = raw(world, "select rows_read, rows_loaded, rows_rejected from raw.batches")
    assert loaded == [(leads, leads, 0)]
    ids = {row[0] for row in published(world, "select lead_id from lead_scores")}
    assert ids == {row["Lead Number"] for row in export}
    assert published(world, "select count(*) from lead_scores") == [(leads,)]


def test_select_and_empty_cells_are_null(world, export):
    """In our columns, in the attributes, and for the rules that read them."""

    def unknown(column: str) -> int:
        return sum(row[column] in ("", "Select") for row in export)

    assert unknown("City") > unknown("What is your current occupation") > 0
    leads = len(export)
    known = [(leads - unknown("City"), leads - unknown("Lead Source"))]
    assert raw(world, "select count(city), count(lead_source) from raw.crm_leads") == (
        known
    )
    left = "attributes::varchar like '%\"Select\"%'"
    assert raw(world, f"select count(*) from raw.crm_leads where {left}") == [(0,)]
    without = "select count(*) from lead_score_factors where rule_id = 'spec_unknown'"
    assert published(world, without) == [(unknown("Specialization"),)]


def test_the_map_calls_every_column_written_after_contact_an_outcome(world):
    source_map = yaml.safe_load((EXAMPLE / "sources/crm/xeducation.yml").read_text())
    assert set(source_map["files"][0]["outcomes"]) == AFTER_CONTACT
    found = raw(world, "select column_name from raw.source_columns where is_outcome")
    assert {row[0] for row in found} == AFTER_CONTACT


def test_no_rule_reads_an_outcome_and_the_check_finds_no_mistake(world):
    for rule in rules_of(EXAMPLE):
        for signal in (rule["signal"], rule["if_signal"]):
            assert signal.removeprefix("attribute.") not in AFTER_CONTACT
    assert [str(finding) for finding in check_settings(world)] == []


def test_rules_on_columns_written_after_contact_are_refused(
    world, tmp_path, monkeypatch
):
    shutil.copytree(EXAMPLE, tmp_path / "config")
    rule = rules_of(EXAMPLE)[0] | {"rule_group": "leak", "value_text": "*"}
    path = tmp_path / "config" / "rules" / "signal_rules.csv"
    with path.open("a", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(rule), lineterminator="\n")
        for column in AFTER_CONTACT:
            leak = {"rule_id": f"leak {column}", "signal": f"attribute.{column}"}
            writer.writerow(rule | leak)
    monkeypatch.setenv("LEADSCORE_CONFIG", str(tmp_path / "config"))
    with pytest.raises(LeadscoreError, match="nothing was scored") as refusal:
        pipeline.layer("rules", DAY)
    for column in AFTER_CONTACT:
        assert f"attribute.{column} is an outcome" in str(refusal.value)


def test_every_rule_fires_and_grades_spread_over_the_ladder(world, export):
    fired = published(world, "select distinct rule_id from lead_score_factors")
    assert {rule["rule_id"] for rule in rules_of(EXAMPLE)} <= {row[0] for row in fired}
    grades = published(world, "select grade, count(*) from lead_scores group by grade")
    assert len(grades) >= 12
    assert max(count for _, count in grades) < len(export) / 4


def test_the_best_tenth_converts_at_least_half_again_as_often_as_all(judgement, counts):
    assert tuple(
        sum(row[of] for row in judgement) for of in ("leads", "successes")
    ) == (counts)
    assert judgement[0]["lift"] >= 1.5
    assert not judgement[0]["is_dated"]


def test_the_score_ranks_converted_leads_above_the_others(judgement):
    # Above .9: a column written after contact has crept in.
    assert 0.7 < judgement[0]["auc"] < 0.9


@of_the_whole
def test_the_page_tells_of_the_whole_export(data, judgement):
    page = (EXAMPLE / "README.md").read_text(encoding="utf-8")
    for row in ("rate", "lift"):
        told = [
            f"{100 * one[row]:.1f}" if row == "rate" else f"{one[row]:.2f}"
            for one in judgement
        ]
        assert f"| {' | '.join(told)} |" in page
    assert f"{100 * judgement[0]['auc']:.1f} %" in page


@of_the_whole
def test_learned_points_come_near_a_regression_without_leaks(data, world, tmp_path):
    """A leak-free logistic regression on this export has an AUC of .865."""
    said = io.StringIO()
    suggest(world, "learned", tmp_path / "my", Console(file=said, width=200))
    area = float(re.search(r"the suggestion +(0\.\d+)", said.getvalue())[1])
    assert area > 0.865 - 0.02
    assert "cross-validated" in said.getvalue()
