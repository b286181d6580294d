"""Scores judged by outcomes: what is measured, and of which leads."""

from __future__ import annotations

import csv
import itertools
import random
from collections.abc import Iterable
from datetime import date, timedelta
from pathlib import Path

import duckdb
import pytest
from pipeline_world import DAY, warehouse
from typer.testing import CliRunner

from leadscore.cli import app
from leadscore.judging.cut_offs import find_target, month_ends, score_cut_offs
from leadscore.judging.measures import Estimate, Group, auc, bands, rules
from leadscore.judging.report import verdict

FIRST, SECOND = date(2026, 1, 31), date(2026, 2, 28)
# lead, points, grade, succeeded, rules that held
Person = tuple[str, float, str, bool, tuple[str, ...]]


def judged(cut_offs: dict[date, Iterable[Person]]) -> duckdb.DuckDBPyConnection:
    connection = duckdb.connect()
    connection.execute(
        "create table cut_off_leads (cut_off date, ruleset text, lead_id text, "
        "total_points double, grade text, engagement_level int, has_succeeded boolean)"
    )
    connection.execute(
        "create table cut_off_factors "
        "(cut_off date, ruleset text, lead_id text, rule_id text)"
    )
    people = [(day, *person) for day, some in cut_offs.items() for person in some]
    leads = [(day, who, points, g, won) for day, who, points, g, won, _ in people]
    held = [(day, who, rule) for day, who, *_, rules in people for rule in rules]
    for table, rows, cells in (
        ("cut_off_leads", leads, "unnest($1), 'r', unnest($2), unnest($3), unnest($4)"
         ", 1, unnest($5)"),
        ("cut_off_factors", held, "unnest($1), 'r', unnest($2), unnest($3)"),
    ):  # fmt: skip
        if rows:
            columns = [list(column) for column in zip(*rows, strict=True)]
            connection.execute(f"insert into {table} select {cells}", columns)
    return connection


def crowd(seed: int, size: int = 600) -> list[Person]:
    """People of whom 30 % hold a rule; 30 % of these succeed, and 10 % of others."""
    rng = random.Random(seed)
    people = []
    for number in range(size):
        holds = rng.random() < 0.3
        won = rng.random() < (0.3 if holds else 0.1)
        people.append((f"L{number}", holds, "B", won, ("rule",) * holds))
    return people


def share_of_pairs(people: list[Person]) -> float:
    won = [person[1] for person in people if person[3]]
    lost = [person[1] for person in people if not person[3]]
    pairs = list(itertools.product(won, lost))
    return sum((a > b) + (a == b) / 2 for a, b in pairs) / len(pairs)


def test_the_area_is_the_share_of_pairs_within_a_cut_off():
    rng = random.Random(1)
    first, second = (
        [(f"L{n}", rng.randrange(9), "B", rng.random() < 0.3, ()) for n in range(60)]
        for _ in range(2)
    )
    # A day on which everybody has more points says nothing of the other.
    second = [(who, points + 100, *more) for who, points, *more in second]
    weights = [sum(person[3] for person in day) for day in (first, second)]
    expected = (
        weights[0] * share_of_pairs(first) + weights[1] * share_of_pairs(second)
    ) / sum(weights)
    found = auc(judged({FIRST: first, SECOND: second}), "r")
    assert found is not None
    assert found.value == pytest.approx(expected)
    assert found.low < found.value < found.high


def test_the_same_people_at_a_second_cut_off_make_no_interval_narrower():
    people = crowd(2)
    once, twice = judged({FIRST: people}), judged({FIRST: people, SECOND: people})
    for measure in (auc, only_rule, only_band):
        one, two = measure(once, "r"), measure(twice, "r")
        assert (two.value, two.low, two.high) == pytest.approx(
            (one.value, one.low, one.high)
        )
    [group] = rules(twice, "r")
    assert group.leads == 2 * group.people


def only_rule(connection: duckdb.DuckDBPyConnection, ruleset: str) -> Estimate:
    [group] = rules(connection, ruleset)
    assert group.lift
    return group.lift


def only_band(connection: duckdb.DuckDBPyConnection, ruleset: str) -> Estimate:
    [group] = bands(connection, ruleset, "grade")
    return group.rate


def test_an_interval_holds_the_truth_nineteen_times_of_twenty():
    """Also where people come back: each is there at one to three cut-offs.

    Of 400 worlds, 1.1 of 100 more or fewer are chance.
    """
    days = (FIRST, SECOND, date(2026, 3, 31))
    # Of those who succeed .5625 hold the rule, of the others .25.
    truths = {auc: 0.65625, only_rule: 0.3 / 0.16, only_band: 0.16}
    held = dict.fromkeys(truths, 0)
    worlds = 400
    for seed in range(worlds):
        people = crowd(seed)
        rng = random.Random(-seed)
        times = [rng.randint(1, 3) for _ in people]
        world = judged(
            {
                day: [p for p, n in zip(people, times, strict=True) if n > place]
                for place, day in enumerate(days)
            }
        )
        for measure, truth in truths.items():
            found = measure(world, "r")
            held[measure] += found.low <= truth <= found.high
    assert all(0.92 <= count / worlds <= 0.98 for count in held.values()), held


def test_where_nobody_succeeded_nothing_is_judged():
    connection = judged({FIRST: [("L1", 1, "B", False, ("rule",))]})
    assert auc(connection, "r") is None
    [group] = rules(connection, "r")
    assert group.lift is None
    assert verdict(group, 10) == "too few to say"


def group(successes: int, leads: int, low: float, high: float) -> Group:
    rate = Estimate(successes / leads, 0, 1)
    return Group("rule", leads, leads, successes, 0.01, rate, Estimate(1, low, high))


@pytest.mark.parametrize(
    ("found", "points", "said"),
    [
        (group(5, 100, 1.1, 3), 10, "earns its points"),
        (group(5, 100, 1.1, 3), -10, "inverted"),
        (group(0, 500, 0, 0.9), 10, "inverted"),
        (group(0, 500, 0, 0.9), -10, "earns its points"),
        (group(5, 100, 0.9, 3), 10, "no sign that it earns"),
        (group(4, 100, 1.1, 3), 10, "too few to say"),
        (group(0, 499, 0, 0.9), 10, "too few to say"),
    ],
)
def test_what_is_said_of_a_rule(found, points, said):
    assert verdict(found, points) == said
    assert (found.wanting > 0) == (said == "too few to say")


def test_it_is_said_how_many_leads_are_wanting():
    assert group(4, 100, 1, 1).wanting == 400  # at 1 % five are expected of 500


# ---- the leads of a cut-off


@pytest.fixture(scope="module")
def cut_off_leads(world, tmp_path_factory) -> duckdb.DuckDBPyConnection:
    """Three cut-offs of the sample, and the day before its last."""
    target = find_target(world, "won")
    finished, unfinished = month_ends(world, target)
    assert (finished[-1], unfinished[0]) == (date(2026, 3, 31), date(2026, 4, 30))
    path = tmp_path_factory.mktemp("judged") / "judged.duckdb"
    days = [*finished[-3:], DAY - timedelta(days=1)]
    assert list(score_cut_offs(world, target, days, path)) == days
    return duckdb.connect(str(path), read_only=True)


def test_a_cut_off_scores_as_a_run_of_that_day_did(world, cut_off_leads):
    day = DAY - timedelta(days=1)
    query = "select lead_id, total_points, grade, stage from {} where ruleset = "
    again = cut_off_leads.execute(
        query.format("cut_off_leads") + f"'default' and cut_off = '{day}'"
    ).fetchall()
    then = warehouse(
        world,
        query.format("marts.lead_score_history")
        + f"'default' and as_of_date = '{day}' and stage != 'excluded'",
    )
    # But who had succeeded by then is none any more.
    scored = {row for row in again if row[3] != "excluded"}
    assert scored <= set(then)
    gone = {row[0] for row in then} - {row[0] for row in again}
    assert gone <= set(wins(world))
    assert len(scored) > 100


def wins(world) -> dict[str, date]:
    """The first win of each lead, as the last delivery of the CRM has it."""
    path = Path(world.extracts, "crm", DAY.isoformat(), "opportunities.csv")
    people = dict(
        warehouse(
            world,
            "select identifier, lead_id from intermediate.int_lead_members "
            "where identifier_type = 'crm' and valid_to = '9999-12-31'",
        )
    )
    found: dict[str, date] = {}
    with path.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            lead = people.get(row["lead_id"])
            if row["is_won"] == "true" and lead:
                won = date.fromisoformat(row["closed_at"][:10])
                found[lead] = min(won, found.get(lead, won))
    return found


def test_who_won_within_the_horizon_has_succeeded(world, cut_off_leads):
    rows = cut_off_leads.execute(
        "select cut_off, lead_id, has_succeeded from cut_off_leads "
        "where ruleset = 'default' and cut_off < '2026-04-01'"
    ).fetchall()
    won = wins(world)
    expected = {
        (day, lead, day < won.get(lead, date.max) <= day + timedelta(days=90))
        for day, lead, _ in rows
    }
    assert set(rows) == expected
    assert sum(succeeded for *_, succeeded in rows) > 5
    assert all(won.get(lead, date.max) > day for day, lead, _ in rows)


def test_the_command_shows_cut_offs_bands_and_rules(world):
    arguments = ["judge", "--data", str(world.data), "--target", "converted"]
    shown = CliRunner().invoke(app, arguments)
    assert shown.exit_code == 0, shown.output
    for part in (
        "The CRM says that they were converted, within 30 days",
        "2026-05-31",
        "AUC",
        "By grade",
        "By level",
        "By tenth by points",
        "beh_website_visited",
        "too few to say",
        "Not judged, as their 30 days have not ended: 2026-06-30",
    ):
        assert part in shown.output


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
