"""Experiments: who is shown under which ruleset, and what came of it."""

from __future__ import annotations

import csv
import io
import shutil
from collections.abc import Iterator
from datetime import date, timedelta

import duckdb
import pytest
from oracle import bucket
from pipeline_world import DAY, publish, published, score_again, warehouse, world_of
from rich.console import Console
from typer.testing import CliRunner

from leadscore import publish as publication
from leadscore import runs, summary
from leadscore.candidate import write_candidate
from leadscore.cli import app
from leadscore.dbt_runner import lay_out_seeds, run_dbt
from leadscore.errors import LeadscoreError, TooEarlyError
from leadscore.explain import explain
from leadscore.judging.estimate import of_rate, of_rates_apart
from leadscore.models import sql_of, table_of
from leadscore.publish import (
    note_checks,
    open_publication,
    require_publication,
    shown_ruleset,
)
from leadscore.rules import experiment
from leadscore.rules.decisions import promote
from leadscore.rules.schema import FILES, SEEDS
from leadscore.settings import Settings

SHARE = 0.3
LAST = DAY + timedelta(days=13)


def said(command, settings: Settings, *arguments: object) -> str:
    console = Console(width=200, file=io.StringIO())
    command(settings, *arguments, console)
    return console.file.getvalue()


def rescored(settings: Settings) -> None:
    """Score and publish the day as things are, without the audit, which takes long."""
    score_again(settings)
    candidate = write_candidate(settings, DAY, runs.current_run(settings).build_id)
    note_checks(candidate, checked=1, failed=0)
    publication.publish(settings, candidate)


@pytest.fixture(scope="module")
def tried(world, tmp_path_factory) -> Iterator[Settings]:
    """A copy of the world that scores `keen` beside the champion, and publishes it."""
    folder = tmp_path_factory.mktemp("tried")
    data, config = folder / "world", folder / "config"
    shutil.copytree(world.data, data, symlinks=True)
    (config / "rules").mkdir(parents=True)
    for path in (SEEDS / "rules").glob("*.csv"):
        with path.open(encoding="utf-8", newline="") as file:
            reader = csv.DictReader(file)
            rows = list(reader)
        for row in [row for row in rows if row["ruleset"] == "default"]:
            changes = {"ruleset": "keen"}
            if path.stem == "rulesets":  # its scores lie on another curve
                changes |= {"status": "challenger", "curve_points": "200"}
            if path.stem == "signal_rules" and row["dimension"] == "demographic":
                changes["points"] = str(3 * float(row["points"]))
            rows.append(row | changes)
        target = config / "rules" / path.name
        with target.open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, reader.fieldnames, lineterminator="\n")
            writer.writeheader()
            writer.writerows(rows)
    with world_of(data, history_days=8, config=config) as settings:
        seeds = lay_out_seeds(settings)
        runs.begin(settings, DAY, seeds)
        run_dbt(settings, seeds, ["seed", "--select", *FILES])
        rescored(settings)
        yield settings


def begun(settings: Settings, **changes: object) -> str:
    """What `begin` says of an experiment from the published day on."""
    given = {"challenger": "keen", "first": DAY, "last": LAST, "share": SHARE}
    arguments = (given | changes).values()
    return said(experiment.begin, settings, *arguments, "Let us see", "ann")


@pytest.fixture(scope="module")
def on(tried) -> tuple[Settings, str, dict]:
    """The world while an experiment is on, its id, and what was published before."""
    before = require_publication(tried)
    begun(tried)
    score_again(tried)
    publish(tried)
    [(name,)] = warehouse(tried, "select experiment from raw.run")
    return tried, name, before


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"challenger": "kean"}, "no ruleset 'kean' among those scored"),
        ({"challenger": "default"}, "default is a champion of new_business"),
        (
            {"challenger": "fit_only"},
            "of the scorecard fit_only, and lead_scores shows",
        ),
        ({"last": DAY - timedelta(days=1)}, "end on 2026-06-29, before it begins"),
        ({"first": date(2026, 1, 1), "last": date(2026, 2, 1)}, "2026-06-30 or later"),
        ({"share": 0}, "A share of 0 leaves an arm"),
        ({"share": 1}, "A share of 1 leaves an arm"),
    ],
)
def test_what_cannot_be_tried_is_refused(tried, changes, words):
    with pytest.raises(LeadscoreError, match=words):
        begun(tried, **changes)
    with pytest.raises(LeadscoreError, match="No experiment of new_business has begun"):
        said(experiment.read, tried, None, None, None, None)
    with pytest.raises(LeadscoreError, match="No experiment of new_business is on"):
        said(experiment.stop, tried, None, None, None)
    assert warehouse(tried, "from raw.ruleset_decisions") == []


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["keen", "--read"], "Give one of these"),
        ([], "Give one of these"),
        (["keen", "--from", "2026-07-01"], "Say from when until when"),
    ],
)
def test_the_command_says_what_it_lacks(tried, arguments, words):
    command = ["rules", "experiment", *arguments, "--data", str(tried.data)]
    assert words in str(CliRunner().invoke(app, command).exception)


def test_each_lead_is_shown_under_its_arm_and_the_audit_agrees(on):
    settings, name, before = on
    rows = published(settings, "select lead_id, ruleset from lead_scores")
    expected = {
        lead: "keen" if bucket(lead, name) < SHARE else "default" for lead, _ in rows
    }
    assert dict(rows) == expected
    assert len(rows) == before["row_counts"]["lead_scores"]
    share = list(expected.values()).count("keen") / len(rows)
    assert abs(share - SHARE) < 0.1
    other = sum(
        bucket(lead, name) < 0.5 and bucket(lead, "x") < 0.5 for lead in expected
    )
    assert 0.15 < other / len(rows) < 0.35  # another experiment splits anew
    [(differing,)] = published(
        settings,
        "select count(*) from (select * exclude (call_rank) from lead_scores "
        "except select * exclude (call_rank) from lead_scores_all)",
    )
    assert differing == 0
    [(moved,)] = published(
        settings,
        "select count(*) from lead_scores inner join lead_scores_all as champions "
        "using (lead_id) where champions.ruleset = 'default' "
        "and lead_scores.total_points != champions.total_points",
    )
    assert moved > 10


def test_both_arms_are_called_in_one_order(on):
    settings, _, _ = on
    query = """
        with numbered as (
            select *, row_number() over (
                partition by queue order by call_rank
            ) as place
            from lead_scores where queue is not null
        )
        select
            count(*), count(distinct ruleset), count_if(call_rank != place),
            count_if((priority, is_overdue) < before)
        from (
            select *, lag((priority, is_overdue)) over (
                partition by queue order by call_rank
            ) as before from numbered
        )
    """
    [(leads, rulesets, gaps, disorder)] = published(settings, query)
    assert (leads > 50, rulesets, gaps, disorder) == (True, 2, 0, 0)


def test_the_publication_says_that_an_experiment_is_on(on):
    settings, name, before = on
    publication = require_publication(settings)
    assert before["experiment"] is None
    assert publication["build_id"] != before["build_id"]
    assert publication["experiment"] == {
        "experiment": name,
        "champion": "default",
        "challenger": "keen",
        "share": SHARE,
        "until": LAST.isoformat(),
    }
    text = said(summary.summarize, settings)
    assert "Ruleset default, because " in text
    assert f"until {LAST} shows 30 % of the leads under keen." in text
    with open_publication(settings) as connection:
        assert shown_ruleset(connection) == "default"
    for ruleset in ("default", "keen"):
        [(lead,)] = published(
            settings,
            f"select min(lead_id) from lead_scores where ruleset = '{ruleset}'",
        )
        console = Console(width=200, file=io.StringIO())
        explain(settings, lead, console)
        assert f"{DAY}, ruleset {ruleset}: score" in console.file.getvalue()
    [row] = published(
        settings,
        "select decision, scorecard, ruleset, ruleset_before, decided_by, because, "
        "from_date, until_date, share, verdict from ruleset_decisions",
    )
    assert row == (
        *("experiment", "new_business", "keen", "default", "ann", "Let us see"),
        *(DAY, LAST, SHARE, None),
    )


@pytest.mark.parametrize("pair", [("default", "keen"), ("keen", "default")])
def test_of_two_rulesets_shown_the_champion_is_named(pair):
    with duckdb.connect() as connection:
        connection.execute(
            "create table lead_scores as select unnest(?) as ruleset", [pair]
        )
        connection.execute(
            "create table ruleset_decisions as select 'experiment' as decision, "
            "? as ruleset_before, ? as ruleset, now() as decided_at",
            pair,
        )
        assert shown_ruleset(connection) == pair[0]


def test_while_it_is_on_nothing_else_is_decided(on):
    settings, name, _ = on
    with pytest.raises(LeadscoreError, match=f"{name} is on from {DAY} to {LAST}"):
        begun(settings, first=LAST, last=LAST)
    with pytest.raises(LeadscoreError, match=f"runs until {LAST}: wait, or end it"):
        said(promote, settings, "keen", None, "I want it", "ann")
    with pytest.raises(
        TooEarlyError, match="can be read from 2026-09-28 on, in 90 day"
    ):
        said(experiment.read, settings, None, None, None, None)


def test_a_lead_keeps_its_arm_until_the_end_and_is_the_champions_after(on):
    settings, name, _ = on
    assert runs.plan(settings, LAST).experiment == name
    assert runs.plan(settings, LAST + timedelta(days=1)).experiment == ""
    assert runs.plan(settings, DAY - timedelta(days=1)).experiment == ""


@pytest.mark.parametrize(
    ("change", "shown"),
    [
        ("set status = 'draft' where ruleset = 'x'", ["default", "keen"]),
        (
            "set scorecard = 'new_business', status = "
            "if(ruleset = 'fit_only', 'champion', 'draft')",
            ["fit_only"],
        ),
        ("set ruleset = 'gone' where ruleset = 'keen'", ["default"]),
    ],
)
def test_a_champion_that_others_made_ends_it_too(on, change, shown):
    settings, _, _ = on
    run = runs.current_run(settings)
    sql = sql_of("lead_scores", table_of, vars(run))
    with duckdb.connect(str(settings.warehouse)) as connection:
        connection.begin()
        connection.execute(f"update rules.rulesets {change}")
        found = connection.execute(f"select ruleset from ({sql}\n)").fetchall()
        connection.rollback()
    assert len(found) == len(warehouse(settings, "from marts.lead_scores"))
    assert sorted({ruleset for (ruleset,) in found}) == shown


def test_one_that_is_stopped_is_over_with_the_next_score(on):
    settings, name, before = on
    text = said(experiment.stop, settings, None, "Sales complained", "bob")
    assert f"{name} has ended" in text
    rescored(settings)
    assert published(settings, "select distinct ruleset from lead_scores") == [
        ("default",)
    ]
    publication = require_publication(settings)
    assert publication["experiment"] is None
    assert publication["build_id"] == before["build_id"]
    assert published(
        settings,
        "select decision, experiment, until_date, decided_by from ruleset_decisions "
        "where decision != 'experiment'",
    ) == [("experiment stopped", name, DAY - timedelta(days=1), "bob")]
    with pytest.raises(LeadscoreError, match="has begun: there is none to read"):
        said(experiment.read, settings, None, None, None, None)


# ---- reading

FIRST = date(2026, 5, 16)
HORIZON = 45


@pytest.fixture(scope="module")
def past(on) -> tuple[Settings, dict[str, list]]:
    """A world with an experiment in its past, and what must be read, by arm.

    Of the challenger's leads that have a CRM record about three in five succeed ten
    days after they entered, of the champion's one in five; some had before.
    """
    settings, _, _ = on
    begun(settings, last=DAY, share=0.5)
    arms = {"keen": [0, 0, 0, 0], "default": [0, 0, 0, 0]}
    with duckdb.connect(str(settings.warehouse)) as connection:
        connection.execute(
            "update raw.ruleset_decisions set from_date = ? where share = 0.5", [FIRST]
        )
        connection.execute(
            "insert into mappings.targets by name select 'signed' as target, "
            "'converted' as success, ? as horizon_days, "
            "date '2026-04-30' as from_date, 'They signed' as description",
            [HORIZON],
        )
        [(name,)] = connection.execute(
            "select experiment from raw.ruleset_decisions where share = 0.5"
        ).fetchall()
        versions = "intermediate.int_crm_lead_versions"
        connection.execute(f"update {versions} set converted_at = null")
        members = connection.execute(
            """
            with days as (
                select lead_id, min(greatest(valid_from, $first)) as day
                from intermediate.int_lead_members
                where not is_gone and valid_to >= $first and valid_from <= $last
                group by lead_id
            )
            select lead_id, day, list(identifier) filter (identifier_type = 'crm')
            from days inner join intermediate.int_lead_members using (lead_id)
            where day between valid_from and valid_to
            group by lead_id, day
            """,
            {"first": FIRST, "last": DAY},
        ).fetchall()
        mqls = set(
            connection.execute(
                "select lead_id, ruleset from marts.lead_score_history where is_mql "
                "and as_of_date between ? and ?",
                [FIRST, DAY],
            ).fetchall()
        )
        for lead, day, records in members:
            ruleset = "keen" if bucket(lead, name) < 0.5 else "default"
            luck, after = bucket(lead, "luck"), None
            if records and luck < (0.6 if ruleset == "keen" else 0.2):
                after = 10
            elif records and luck > 0.95:
                after = -20
            if after:
                connection.execute(
                    f"update {versions} set converted_at = ? "
                    f"where list_contains(?, lead_id)",
                    [day + timedelta(days=after), records],
                )
            arm = arms[ruleset]
            if after == -20:
                continue
            if day + timedelta(days=HORIZON) > DAY:
                arm[3] += 1
                continue
            arm[0] += 1
            arm[1] += after == 10
            arm[2] += (lead, ruleset) in mqls
    return settings, arms


def test_a_reading_counts_each_lead_once_in_its_arm(past):
    settings, arms = past
    text = said(experiment.read, settings, None, "signed", None, "ann")
    assert "Verdict: better. More of its leads surely succeeded." in text
    (leads, successes, mqls, late), (*before, late_before) = arms.values()
    assert min(successes, late, late_before, *before[:2]) > 3
    assert f"Not counted: {late + late_before} leads whose 45 days" in text
    [(rate, low, high, *row)] = warehouse(
        settings,
        "select rate_change, rate_change_low, rate_change_high, arm_leads, "
        "arm_successes, arm_mqls, arm_leads_before, arm_successes_before, "
        "arm_mqls_before, leads_unfinished, verdict, target, horizon_days, "
        "from_date, until_date, first_cut_off from raw.ruleset_decisions "
        "where decision = 'experiment read'",
    )
    assert row == [
        *(leads, successes, mqls, *before, late + late_before),
        *("better", "signed", HORIZON, FIRST, DAY, FIRST),
    ]
    assert 0 < low < rate < high
    assert rate == pytest.approx(successes / leads - before[1] / before[0])
    assert "Mind that" not in text
    warehouse(
        settings,
        "update marts.lead_score_history set ruleset_fingerprint = 'x' "
        "where ruleset = 'keen'",
    )
    text = said(experiment.read, settings, None, "signed", None, "ann")
    assert "Mind that rows of keen were changed" in text


def test_an_experiment_that_found_it_better_opens_the_gate(past):
    settings, _ = past
    with pytest.raises(LeadscoreError, match="runs until 2026-06-30"):
        said(promote, settings, "keen", "signed", None, "ann")
    said(experiment.stop, settings, None, None, "ann")
    rules = settings.config / "rules" / "caps.csv"
    tried_rules = rules.read_text()
    rules.write_text(f"{tried_rules}keen,total,total,,900,\n")
    with pytest.raises(LeadscoreError, match="keen is not promoted"):  # as it is now
        said(promote, settings, "keen", "signed", None, "ann")
    rules.write_text(tried_rules)
    text = said(promote, settings, "keen", "signed", None, "ann")
    assert "The experiment keen-2026-06-30-" in text
    assert "keen is the champion of new_business" in text
    [(verdict, because)] = warehouse(
        settings,
        "select verdict, because from raw.ruleset_decisions "
        "where decision = 'promoted'",
    )
    assert verdict != "better"
    assert because.startswith("The experiment keen-2026-06-30-")


def test_the_interval_of_a_difference_is_newcombes():
    """His table II, method 10: 56 of 70 and 48 of 80; 0 of 10 and 0 of 10."""
    for counts, expected in (
        ((56, 70, 48, 80), (0.2, 0.0524, 0.3339)),
        ((9, 10, 3, 10), (0.6, 0.1705, 0.8090)),
        ((0, 10, 0, 10), (0, -0.2775, 0.2775)),
    ):
        wins, leads, other_wins, others = counts
        found = of_rates_apart(of_rate(wins, leads), of_rate(other_wins, others))
        assert (found.value, found.low, found.high) == pytest.approx(
            expected, abs=0.0001
        )
