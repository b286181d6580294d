"""Scores judged by outcomes: of which leads, what is measured, and what is said."""

from __future__ import annotations

import csv
import io
import math
import random
import shutil
from collections.abc import Iterable
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import duckdb
import pyarrow
import pytest
from pipeline_world import DAY, published, warehouse, world_of
from rich.console import Console
from typer.testing import CliRunner

from leadscore import pipeline, runs
from leadscore.cli import app
from leadscore.elsewhere import Elsewhere
from leadscore.errors import LeadscoreError
from leadscore.explain import explain
from leadscore.judging import marts
from leadscore.judging.calibration import calibrate
from leadscore.judging.cut_offs import Judged
from leadscore.judging.judge import build
from leadscore.judging.targets import find_targets
from leadscore.publish import read_publication
from leadscore.rewind import score_past
from leadscore.rules.draft import rule_rows
from leadscore.settings import DBT_PROJECT
from leadscore.terminal import console
from leadscore.validate import JUDGED_MARTS
from leadscore.warehouse import connect, create_judged

FIRST, SECOND, THIRD = date(2026, 1, 31), date(2026, 2, 28), date(2026, 3, 31)
# lead, points, succeeded, rules that held
Person = tuple[str, float, bool, tuple[str, ...]]


def judged(worlds: dict[str, dict[date, Iterable[Person]]], rules: Path) -> Elsewhere:
    """The models of `judging` over made-up people, each world a target of its own."""
    connection = duckdb.connect()
    create_judged(connection, "judged")
    connection.execute("use judged")
    people = [
        (world, day, f"{world}/{person[0]}", *person[1:])
        for world, days in worlds.items()
        for day, some in days.items()
        for person in some
    ]
    fill(connection, "cut_offs", "target, cut_off, is_finished, is_dated, judged_on", [
        (world, day, True, True, day) for world, days in worlds.items() for day in days
    ])  # fmt: skip
    leads = [(day, who, points) for _, day, who, points, *_ in people]
    fill(connection, "cut_off_people", "cut_off, lead_id", [row[:2] for row in leads])
    fill(connection, "cut_off_leads", "cut_off, lead_id, total_points, ruleset, grade, "
         "engagement_level", [(*row, "r", "B", 1) for row in leads])  # fmt: skip
    fill(connection, "cut_off_outcomes", "target, cut_off, lead_id, has_succeeded", [
        (world, day, who, won) for world, day, who, _, won, _ in people
    ])  # fmt: skip
    fill(connection, "cut_off_factors", "cut_off, lead_id, rule_id, ruleset, points", [
        (day, who, rule, "r", -10 if rule.startswith("minus") else 10)
        for _, day, who, _, _, held in people
        for rule in held
    ])  # fmt: skip
    calibrate(connection)
    ours = (DBT_PROJECT / "seeds" / "rules" / "rulesets.csv").read_text().splitlines()
    row = f"r,s,champion{',' * (ours[0].count(',') - 2)}"
    (rules / "rulesets.csv").write_text(f"{ours[0]}\n{row}\n")

    def table(name: str) -> str | None:
        if name == "mappings.targets":
            targets = ", ".join(
                f"(null::varchar, '{world}', 0.8, 50)" for world in worlds
            )
            columns = "scorecard, target, wanted_rate, calls_per_week"
            return f"select * from (values {targets}) as t ({columns})"
        if name.startswith("rules."):
            return rule_rows(rules, name.removeprefix("rules."))
        return None

    return Elsewhere(connection, table)


def fill(
    connection: duckdb.DuckDBPyConnection, table: str, columns: str, rows: list[tuple]
) -> None:
    if rows:
        values = [list(column) for column in zip(*rows, strict=True)]
        filled = pyarrow.table(values, names=columns.split(", "))  # many at once
        connection.register("filled", filled)
        connection.execute(f"insert into {table} by name from filled")
        connection.unregister("filled")


def rows_of(built: Elsewhere, model: str, more: str = "true") -> list[dict[str, Any]]:
    found = built.connection.execute(f"from {built.build(model)} where {more}")
    names = [column[0] for column in found.description or []]
    return [dict(zip(names, row, strict=True)) for row in found.fetchall()]


def crowd(seed: int, size: int = 600) -> list[Person]:
    """People of whom 30 % hold a rule; 30 % of these succeed, and 10 % of others."""
    rng = random.Random(seed)
    people = []
    for number in range(size):
        holds = rng.random() < 0.3
        won = rng.random() < (0.3 if holds else 0.1)
        people.append((f"L{number}", 10 * holds, won, ("rule",) * holds))
    return people


def test_the_same_people_at_a_second_cut_off_make_no_interval_narrower(tmp_path):
    people = crowd(2)
    worlds = {"once": {FIRST: people}, "twice": {FIRST: people, SECOND: people}}
    built = judged(worlds, tmp_path)
    once, twice = (
        rows_of(built, "rule_performance", f"target = '{world}'")[0] for world in worlds
    )
    assert twice["leads"] == 2 * once["leads"] == 2 * twice["people"]
    for name in ("rate", "lift", "ratio"):
        for end in (name, f"{name}_low", f"{name}_high"):
            assert twice[end] == pytest.approx(once[end]), end


@pytest.mark.proof
def test_an_interval_holds_the_truth_nineteen_times_of_twenty(tmp_path):
    """Also where people come back: each is there at one to three cut-offs.

    Of 400 worlds, 1.1 of 100 more or fewer are chance.
    """
    worlds = {}
    for seed in range(400):
        people, rng = crowd(seed), random.Random(-seed)
        times = [rng.randint(1, 3) for _ in people]
        worlds[f"w{seed}"] = {
            day: [p for p, n in zip(people, times, strict=True) if n > place]
            for place, day in enumerate((FIRST, SECOND, THIRD))
        }
    found = rows_of(judged(worlds, tmp_path), "success_rates")
    rules = [row for row in found if row["item_kind"] == "rule"]
    of_all = [r for r in found if (r["item_kind"], r["scope"]) == ("all", "all")]
    for rows, name, truth in (
        (rules, "lift", 0.3 / 0.16),
        (rules, "rate", 0.3),
        (of_all, "rate", 0.16),
    ):
        held = sum(row[f"{name}_low"] <= truth <= row[f"{name}_high"] for row in rows)
        assert len(rows) == len(worlds)
        assert 0.93 <= held / len(rows) <= 0.97, (name, held)


# What a rule gives, and how many times as often its leads succeed.
PRICED_RIGHT = {"up": (9, 2.5), "minus_down": (-16, 0.2)}
PLANTED = {
    "priced too low": (1, 6),
    "priced too high": (40, 2.5),
    "inverted": (10, 0.2),
    "useless": (1, 1),
}


def planted(rules: dict[str, tuple[float, float]], seed: int) -> list[Person]:
    """People of whom a quarter hold each rule, and eight a rare one."""
    rng = random.Random(seed)
    people = []
    for number in range(8000):
        held = tuple(name for name in rules if rng.random() < 0.25)
        odds = 0.05 * math.prod(rules[name][1] for name in held)
        won = rng.random() < odds / (1 + odds)
        points = sum(rules[name][0] for name in held)
        people.append((f"L{number}", points, won, held))
    return people + [(f"R{n}", 10, n < 2, ("rare",)) for n in range(8)]


def test_each_planted_rule_gets_its_verdict(tmp_path):
    worlds = {
        verdict: {FIRST: planted(PRICED_RIGHT | {"planted": rule}, seed=1)}
        for verdict, rule in PLANTED.items()
    }
    worlds["earns"] = {FIRST: planted(PRICED_RIGHT, seed=1)}
    worlds["taken wrongly"] = {FIRST: planted({"minus_up": (-10, 2.5)}, seed=1)}
    found = {
        (row["target"], row["item"]): row
        for row in rows_of(judged(worlds, tmp_path), "rule_performance")
    }
    for verdict in PLANTED:
        assert found[verdict, "planted"]["verdict"] == verdict
    for rule in PRICED_RIGHT:
        assert found["earns", rule]["verdict"] == "earns"
    assert found["taken wrongly", "minus_up"]["verdict"] == "inverted"
    rare = found["earns", "rare"]
    assert rare["verdict"] == "too few to say"
    assert rare["leads_wanting"] > 20
    assert found["earns", "up"]["leads_wanting"] == 0
    assert found["earns", "up"]["points_by_lift"] == round(found["earns", "up"]["lift"])


@pytest.mark.proof
def test_of_random_outcomes_no_more_is_said_than_chance_says(tmp_path):
    worlds = {}
    for seed in range(60):
        rng = random.Random(seed)
        names = [f"rule{n}" for n in range(10)]
        worlds[f"w{seed}"] = {
            FIRST: [
                (
                    f"L{n}",
                    rng.random() * 100,
                    rng.random() < 0.1,
                    tuple(name for name in names if rng.random() < 0.3),
                )
                for n in range(400)
            ]
        }
    found = rows_of(judged(worlds, tmp_path), "rule_performance")
    covered = [row["lift_low"] <= 1 <= row["lift_high"] for row in found]
    assert len(found) == 600
    assert sum(covered) / len(covered) >= 0.93


def test_where_nobody_succeeded_nothing_is_said(tmp_path):
    people = [(f"L{n}", 1, False, ("rule",)) for n in range(9)]
    [row] = rows_of(judged({"won": {FIRST: people}}, tmp_path), "rule_performance")
    assert row["lift"] is None
    assert row["verdict"] == "too few to say"


def test_thresholds_count_who_qualifies_and_who_of_them_succeeds(tmp_path):
    people = [(f"L{n}", points, n % 4 == 0, ()) for n, points in enumerate(range(100))]
    later = [*people, *((f"M{n}", 90, False, ()) for n in range(8))]
    built = judged({"won": {FIRST: people, FIRST + timedelta(28): later}}, tmp_path)
    found = {
        row["min_points"]: row
        for row in rows_of(built, "qualification_performance", "grade_letter = 'all'")
    }
    assert sorted(found) == list(range(0, 100, 5))
    at = found[90]
    assert (at["leads"], at["successes"]) == (28, 4)  # L92 and L96, at both cut-offs
    assert at["precision_rate"] == pytest.approx(4 / 28)
    assert at["recall"] == pytest.approx(4 / 50)
    assert at["specificity"] == pytest.approx(1 - 24 / 158)
    assert at["accuracy"] == pytest.approx((4 + 134) / 208)
    assert at["f1"] == pytest.approx(2 * 4 / (28 + 50))
    assert at["mqls_per_week"] == 2  # eight came in four weeks
    assert at["expected_successes_per_week"] == pytest.approx(2 * 4 / 28)
    assert found[0]["marks"] == "capacity"  # fifty a week are never reached
    assert found[50]["marks"] == "balance"


# ---- the leads of a cut-off


@pytest.fixture(scope="module")
def cut_offs(world, tmp_path_factory) -> duckdb.DuckDBPyConnection:
    """Three cut-offs of the sample, and for conversions the day before its last."""
    judged = Judged(world, tmp_path_factory.mktemp("judged") / "judged.duckdb")
    won, converted = find_targets(world)
    planned = [
        *judged.plan([won], [date(2026, 1, 31), date(2026, 2, 28), date(2026, 3, 31)]),
        *judged.plan([converted], [date(2026, 5, 31)]),
    ]
    days = list(judged.score(planned))
    assert days == sorted(days, reverse=True)
    assert len(days) == 4
    judged.score_days_before()
    return duckdb.connect(str(judged.file), read_only=True)


def test_every_month_whose_horizon_has_ended_is_a_cut_off(world, tmp_path):
    judged = Judged(world, tmp_path / "judged.duckdb")
    won, converted = judged.plan(find_targets(world))
    assert won.days[-1] == date(2026, 3, 31)
    assert won.unfinished == [date(2026, 4, 30), date(2026, 5, 31), DAY]
    assert (converted.days[-1], converted.unfinished) == (date(2026, 5, 31), [DAY])


def test_a_cut_off_scores_as_a_run_of_that_day_does(world, tmp_path):
    judged = Judged(world, tmp_path / "judged.duckdb")
    [won, _] = find_targets(world)
    [planned] = judged.plan([won], [date(2026, 3, 31)])
    day = DAY - timedelta(days=1)  # of which the history tells
    list(judged.score([type(planned)(won, [day], [])]))
    query = "select lead_id, total_points, grade, stage from {} where ruleset = "
    with duckdb.connect(str(judged.file)) as connection:
        again = connection.execute(query.format("cut_off_leads") + "'default'")
        scored = {row for row in again.fetchall() if row[3] != "excluded"}
    then = warehouse(
        world,
        query.format("marts.lead_score_history")
        + f"'default' and as_of_date = '{day}' and stage != 'excluded'",
    )
    assert scored == set(then)
    assert len(scored) > 100


def wins(world) -> dict[str, list[tuple[date, float]]]:
    """The wins of each lead, as the last delivery of the CRM has them."""
    path = Path(world.extracts, "crm", DAY.isoformat(), "opportunities.csv")
    people = dict(
        warehouse(
            world,
            "select identifier, lead_id from intermediate.int_lead_members "
            "where identifier_type = 'crm' and valid_to = '9999-12-31'",
        )
    )
    found: dict[str, list[tuple[date, float]]] = {}
    with path.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            if row["is_won"] == "true" and row["lead_id"] in people:
                won = date.fromisoformat(row["closed_at"][:10])
                lead = found.setdefault(people[row["lead_id"]], [])
                lead.append((won, float(row["amount"])))
    return found


def test_who_won_within_the_horizon_has_succeeded(world, cut_offs):
    rows = cut_offs.execute(
        "select cut_off, lead_id, has_succeeded, amount from cut_off_outcomes "
        "where target = 'won'"
    ).fetchall()
    of_leads = wins(world)
    succeeded = 0
    for day, lead, has_succeeded, amount in rows:
        won = of_leads.get(lead, [])
        within = [w for w in won if day < w[0] <= day + timedelta(days=90)]
        before = any(when <= day for when, _ in won)
        assert has_succeeded is (None if before else bool(within)), (day, lead)
        if not before:
            assert (amount or 0) == sum(worth for _, worth in within)
        succeeded += has_succeeded is True
    assert succeeded > 5


def test_the_points_of_the_day_before_a_success_are_those_of_that_day(world, cut_offs):
    rows = cut_offs.execute(
        "select lead_id, day_before, total_points from points_before "
        "where ruleset = 'default' and target = 'won'"
    ).fetchall()
    of_leads = wins(world)
    assert {row[0] for row in rows} <= set(of_leads)
    assert len(rows) > 5
    for lead, day, _ in rows:
        assert day + timedelta(days=1) == min(when for when, _ in of_leads[lead])
    # One that was scored on a day of the history too.
    then = dict(
        warehouse(
            world,
            "select (lead_id, as_of_date), total_points from marts.lead_score_history "
            "where ruleset = 'default'",
        )
    )
    both = [(then[(lead, day)], points) for lead, day, points in rows
            if (lead, day) in then]  # fmt: skip
    assert all(one == other for one, other in both)


def test_what_no_rule_asks_for_is_noted_and_no_outcome(cut_offs):
    names = {
        name
        for (name,) in cut_offs.execute(
            "select distinct name from cut_off_facts where kind = 'signal'"
        ).fetchall()
    }
    assert {"region", "employee_count", "budget"} <= names
    assert not names & {"status", "is_converted", "opportunity", "relationship"}
    assert "attribute.bant_budget" not in names  # it is called budget


# ---- the marts and the command


@pytest.fixture(scope="module")
def judged_world(world, tmp_path_factory):
    """A copy of the sample that was judged, and what the command said."""
    data = tmp_path_factory.mktemp("judged_world")
    shutil.copytree(world.data, data, symlinks=True, dirs_exist_ok=True)
    with world_of(data, history_days=8) as settings:
        command = ["judge", "--data", str(data), "--target", "converted"]
        shown = CliRunner().invoke(app, command)
        assert shown.exit_code == 0, shown.output
        yield settings, shown.output


def test_the_command_says_what_became_of_the_leads(judged_world):
    _, shown = judged_world
    for part in (
        "The CRM says that they were converted, within 30 days",
        "AUC",
        "By grade",
        "By level",
        "By tenth",
        "beh_website_visited",
        "Too few to say",
        "Thresholds",
        "Sources",
        "What shifted",
        "The cut-offs 2026-06-30: their days have not ended",
        "the bar of the field",
        "No model is in force",
    ):
        assert part in shown, part


def test_the_marts_tell_of_every_target_and_ruleset(judged_world):
    settings, _ = judged_world
    for mart in JUDGED_MARTS[:-2]:
        pairs = warehouse(
            settings, f"select distinct target, ruleset from marts.{mart} order by all"
        )
        assert len(pairs) == 4, mart
    assert warehouse(settings, "select count(*) > 50 from marts.score_drift") == [
        (True,)
    ]


def test_verdicts_are_held_against_the_score_of_the_day_before(judged_world):
    settings, shown = judged_world
    assert "Do those who worked with the leads agree?" in shown
    assert "Left out: 3 leads with a verdict that had no score" in shown
    [(lead, day, points)] = warehouse(
        settings,
        "select lead_id, day_before, total_points from judged.feedback_leads "
        "where ruleset = 'default' order by total_points desc nulls last limit 1",
    )
    of_lead = f"where lead_id = '{lead}' and ruleset = 'default'"
    with score_past(settings, lead, day) as past:
        [(then,)] = past.execute(
            f"select total_points from lead_scores_all {of_lead}"
        ).fetchall()
        factors = past.execute(
            f"select rule_id, sum(points) from lead_score_factors {of_lead} "
            "and not contains(rule_id, ':') group by rule_id order by rule_id"
        ).fetchall()
    assert points == then > 0
    assert factors == warehouse(
        settings,
        f"select rule_id, points from judged.feedback_factors {of_lead} "
        "order by rule_id",
    )


@pytest.fixture(scope="module")
def published_again(judged_world):
    """The next publication, with a model in force; and the builds on the way to it."""
    settings, _ = judged_world
    builds = [runs.current_run(settings).build_id, runs.plan(settings, DAY).build_id]
    with duckdb.connect(str(settings.warehouse)) as connection:
        connection.execute(
            "insert into raw.probability_models by name select 'by_hand' as model, "
            "'converted' as target, 30 as horizon_days, true as is_first_target, "
            "ruleset, ruleset_fingerprint, 'total_points' as input, -4 as intercept, "
            "0.02 as slope, 0.01 as var_intercept, 0 as covariance, 0 as var_slope, "
            "true as is_in_force, 'It held.' as reason, now() as trained_at "
            "from scoring.ruleset_fingerprints where ruleset = 'default'"
        )
    for layer in ("rules", "marts"):
        pipeline.layer(layer, DAY.isoformat())
    builds.append(runs.current_run(settings).build_id)
    pipeline.audit(DAY.isoformat())
    pipeline.publish(DAY.isoformat())
    return settings, builds


def test_the_next_publication_carries_the_marts(world, published_again):
    settings, builds = published_again
    assert len(set(builds)) == 3
    before = published(world, "select count(*) from rule_performance")
    assert before == [(0,)]  # empty before anything was judged
    for mart in JUDGED_MARTS:
        query = "select count(*) from {}"
        assert published(settings, query.format(mart)) == warehouse(
            settings, query.format(f"marts.{mart}")
        )


def test_the_next_publication_says_how_probable_success_is(published_again):
    settings, _ = published_again
    rows = published(
        settings,
        "select is_excluded, probability, 1 / (1 + exp(4 - 0.02 * total_points)), "
        "lead_id from lead_scores",
    )
    assert {is_excluded for is_excluded, *_ in rows} == {True, False}
    for is_excluded, probability, expected, _ in rows:
        assert probability == (None if is_excluded else pytest.approx(expected))
    told = read_publication(settings)["probabilities"]
    assert told["converted"]["default"]["model"] == "by_hand"
    assert told["won"]["default"]["model"] is None
    assert told["won"]["default"]["because"].startswith("Too few to say")
    lead, chance = next((row[3], row[1]) for row in rows if not row[0])
    console = Console(width=200, file=io.StringIO(), highlight=False)
    explain(settings, lead, console)
    assert f"{100 * chance:.0f} % (" in console.file.getvalue()
    assert "converted within 30 days" in console.file.getvalue()


def test_no_score_changes_when_it_is_judged(world, published_again):
    settings, _ = published_again
    query = (
        "select lead_id, ruleset, total_points, score, grade, stage "
        "from lead_scores_all order by all"
    )
    assert published(settings, query) == published(world, query)


def test_a_judgement_that_fails_the_audit_leaves_the_one_before(judged_world, tmp_path):
    settings, _ = judged_world
    query = (
        "select target, ruleset, item, value, leads, successes, verdict "
        "from marts.rule_performance order by all"
    )
    before = warehouse(settings, query)
    judged = Judged(settings, tmp_path / "judged.duckdb")
    planned = judged.plan(find_targets(settings, "won"), [date(2026, 3, 31)])
    list(judged.score(planned))
    with duckdb.connect(str(judged.file)) as connection:
        connection.execute("insert into aucs values ('won', 'default', .5, .6, .7)")
    with pytest.raises(LeadscoreError, match="auc lies within its interval"):
        marts.build(settings, judged.file)
    assert warehouse(settings, query) == before


def test_scores_are_judged_again_after_a_week(judged_world):
    for days, is_due in ((0, False), (6, False), (7, True)):
        day = (DAY + timedelta(days=days)).isoformat()
        assert pipeline.is_judging_due(day) is is_due


def test_scores_are_judged_again_when_rules_with_a_probability_changed(judged_world):
    settings, _ = judged_world
    with connect(settings) as connection:
        connection.execute(
            "insert into raw.probability_models (ruleset_fingerprint, is_in_force) "
            "values ('of other rules', true)"
        )
        assert pipeline.is_judging_due(DAY.isoformat()) is True
        connection.execute(
            "delete from raw.probability_models "
            "where ruleset_fingerprint = 'of other rules'"
        )


def test_a_young_world_is_not_judged_yet_and_that_is_no_failure(
    judged_world, monkeypatch, caplog
):
    settings, _ = judged_world
    young = [
        type(target)(**{**vars(target), "horizon_days": 4000})
        for target in find_targets(settings)
    ]
    with pytest.raises(LeadscoreError, match="nothing can be judged yet"):
        build(settings, young, [], console)
    monkeypatch.setattr("leadscore.judging.targets.find_targets", lambda _: young)
    pipeline.judge(DAY.isoformat())


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (
            ["--target", "wun"],
            "no target 'wun' in mappings/targets.csv: choose from won",
        ),
        (["--ruleset", "x"], "no ruleset 'x' here: choose from default, fit_only"),
        (["--cut-off", "2026-06-01"], "have not ended: only who succeeded early"),
    ],
)
def test_what_cannot_be_judged_is_said(world, arguments, said):
    shown = CliRunner().invoke(app, ["judge", "--data", str(world.data), *arguments])
    assert said in str(shown.exception)
