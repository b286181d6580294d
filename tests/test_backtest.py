"""A change of rules judged before anybody sees it, and carried out or not."""

from __future__ import annotations

import csv
import getpass
import io
import itertools
import random
import shutil
from collections.abc import Iterable
from datetime import date
from statistics import NormalDist

import duckdb
import pytest
from pipeline_world import DAY, score_again, warehouse
from rich.console import Console
from typer.testing import CliRunner

from leadscore.cli import app
from leadscore.dbt_runner import lay_out_seeds, run_dbt
from leadscore.errors import LeadscoreError
from leadscore.forget import forget, look_up
from leadscore.judging.auc import DIFFERENCES, auc, auc_difference
from leadscore.judging.comparison import (
    BEST,
    FEWEST_PEOPLE,
    Best,
    Comparison,
    compare,
)
from leadscore.judging.estimate import Estimate, of_difference
from leadscore.rules.backtest import SIDES, backtest
from leadscore.rules.backtest_shown import show, show_backtest
from leadscore.rules.decisions import demote, promote
from leadscore.rules.rulesets_file import RulesetsFile
from leadscore.rules.schema import FILES, SEEDS
from leadscore.runs import begin
from leadscore.settings import Settings

DAYS = (date(2026, 1, 31), date(2026, 2, 28), date(2026, 3, 31))
WORLDS = range(1000, 1400)
RATE = 0.3  # of people in made-up worlds who succeed
# target, cut-off, lead, points before, points after, succeeded
Row = tuple[str, date, str, float, float, bool]


def judged(rows: Iterable[Row]) -> duckdb.DuckDBPyConnection:
    """The tables that are compared; nobody is an MQL."""
    connection = duckdb.connect()
    columns = [list(column) for column in zip(*rows, strict=True)]
    connection.execute(
        "create table rows as select unnest($1) as target, unnest($2) as cut_off, "
        "unnest($3) as lead_id, unnest($4)::double as before, "
        "unnest($5)::double as after, unnest($6) as has_succeeded",
        columns,
    )
    connection.execute(
        "create table cut_off_leads as select distinct cut_off, lead_id, "
        "unnest(['before', 'after']) as ruleset, "
        "unnest([before, after]) as total_points, 'B' as grade, false as is_mql "
        "from rows"
    )
    connection.execute(
        "create table cut_off_outcomes as "
        "select target, cut_off, lead_id, has_succeeded from rows"
    )
    return connection


def crowd(seed: int, before: float, after: float, *, people: int = 300) -> list[Row]:
    """People at one to three cut-offs, who are a target of their own.

    Points are spread normally, and those of who succeeds lie so much higher; part of
    what is chance about them is the person's.
    """
    rng = random.Random(seed)
    rows = []
    for number in range(people):
        won = rng.random() < RATE
        lasting = [rng.gauss(0, 0.8), rng.gauss(0, 0.8)]
        for day in DAYS[: rng.randint(1, 3)]:
            points = [
                shift * won + own + rng.gauss(0, 0.6)
                for shift, own in zip((before, after), lasting, strict=True)
            ]
            rows.append((f"w{seed}", day, f"w{seed}-{number}", *points, won))
    return rows


def compared(rows: list[Row]) -> dict[str, Comparison]:
    """Every target's differences, all in one query."""
    connection = judged(rows)
    sides = {"before": "before", "after": "after"}
    areas = connection.execute(DIFFERENCES.format(of="true"), sides).fetchall()
    best = connection.execute(BEST.format(of="true"))
    names = [column[0] for column in best.description]
    found = {row[0]: dict(zip(names, row, strict=True)) for row in best.fetchall()}
    result = {}
    for target, change, error, people in areas:
        rates = found[target]
        precision = rates["rate_after"] - rates["rate_before"]
        result[target] = stated(
            of_difference(change, error, people),
            of_difference(precision, rates["error_of_difference"], people),
            people,
        )
    return result


def stated(
    area: Estimate | None, precision: Estimate | None, people: int = FEWEST_PEOPLE
) -> Comparison:
    best = None
    if precision:
        before = Estimate(0.5, 0.4, 0.6)
        after = Estimate(before.value + precision.value, 0.4, 0.6)
        best = Best(10, 0.1, before, after, precision, precision)
    return Comparison(
        1000, people, people, 1000, area, area, area, best, (0, 0), (0, 0), []
    )


def share_of_pairs(points: list[tuple[float, bool]]) -> float:
    won = [p for p, succeeded in points if succeeded]
    lost = [p for p, succeeded in points if not succeeded]
    pairs = list(itertools.product(won, lost))
    return sum((a > b) + (a == b) / 2 for a, b in pairs) / len(pairs)


def test_the_difference_is_that_of_the_shares_of_pairs():
    rng = random.Random(1)
    rows = [
        ("t", DAYS[0], f"L{n}", rng.randrange(6), rng.randrange(9), rng.random() < 0.3)
        for n in range(60)
    ]
    connection = judged(rows)
    before, after = (
        share_of_pairs([(row[place], row[5]) for row in rows]) for place in (3, 4)
    )
    assert auc(connection, "t", "before").value == pytest.approx(before)
    found = auc_difference(connection, "t", "before", "after")
    assert found.value == pytest.approx(after - before)
    assert found.low < found.value < found.high


def test_a_ruleset_does_not_differ_from_itself():
    rows = [(*row[:4], row[3], row[5]) for row in crowd(1, 1, 1)]
    found = compare(judged(rows), "w1")
    assert found.auc_difference == found.best.difference == Estimate(0, 0, 0)
    assert found.best.lift_difference == Estimate(0, 0, 0)
    assert (found.won, found.lost) == ((0, 0), (0, 0))
    assert found.verdict == "no difference"
    assert found.wanting == 0


def test_a_better_ruleset_is_found_and_a_worse_one():
    found = compare(judged(crowd(2, 0.3, 1.5)), "w2")
    assert found.verdict == "better"
    assert found.auc_difference.low > 0.1
    assert found.best.after.low > found.best.before.value
    assert found.best.volume == pytest.approx(found.leads / 10)
    assert compare(judged(crowd(3, 1.5, 0.3)), "w3").verdict == "worse"


def test_repeated_looks_at_the_same_people_make_no_difference_surer():
    once = [row for row in crowd(4, 0.5, 1) if row[1] == DAYS[0]]
    again = [(target, DAYS[1], *row) for target, _, *row in once]
    one, two = (compare(judged(rows), "w4") for rows in (once, [*once, *again]))
    assert two.leads == 2 * one.leads
    for name in ("auc_difference", "best"):
        found = [getattr(c, name) for c in (one, two)]
        if name == "best":
            found = [best.difference for best in found]
        (a, b) = found
        assert (b.value, b.low, b.high) == pytest.approx((a.value, a.low, a.high))


@pytest.mark.proof
def test_intervals_of_differences_hold_the_truth_nineteen_times_of_twenty():
    """Of 400 worlds, 1.1 of 100 more or fewer are chance."""
    shifts = (0.4, 0.9)
    rows = [row for seed in WORLDS for row in crowd(seed, *shifts)]
    areas = [NormalDist().cdf(shift / 2**0.5) for shift in shifts]
    precisions = [precision_of_best_tenth(shift) for shift in shifts]
    found = compared(rows).values()
    assert len(found) == len(WORLDS)
    for differences, truth in (
        ([c.auc_difference for c in found], areas[1] - areas[0]),
        ([c.best.difference for c in found], precisions[1] - precisions[0]),
    ):
        held = sum(d.low <= truth <= d.high for d in differences)
        assert 0.93 <= held / len(WORLDS) <= 0.97


def precision_of_best_tenth(shift: float) -> float:
    normal = NormalDist()
    low, high = -10.0, 10.0
    for _ in range(60):
        bound = (low + high) / 2
        won = RATE * (1 - normal.cdf(bound - shift))
        if won + (1 - RATE) * (1 - normal.cdf(bound)) > 0.1:
            low = bound
        else:
            high = bound
    return won / 0.1


@pytest.mark.proof
def test_points_at_random_are_seldom_better():
    rows = [row for seed in WORLDS for row in crowd(seed, 0, 0, people=200)]
    verdicts = [found.verdict for found in compared(rows).values()]
    assert verdicts.count("better") <= 0.05 * len(WORLDS)


@pytest.mark.parametrize(
    ("area", "precision", "verdict"),
    [
        ((0.01, 0.05), (-0.1, 0.3), "better"),
        ((-0.01, 0.05), (0.01, 0.3), "better"),
        ((-0.011, 0.05), (0.01, 0.3), "too few to say"),
        ((0.01, 0.05), (-0.3, 0.1), "too few to say"),
        ((0.01, 0.05), (-0.3, -0.1), "worse"),
        ((-0.05, -0.01), (0.1, 0.3), "worse"),
        ((-0.01, 0.01), (-0.1, 0.1), "no difference"),
        ((-0.011, 0.01), (-0.1, 0.1), "too few to say"),
    ],
)
def test_the_verdict_follows_from_the_intervals(area, precision, verdict):
    estimates = [
        Estimate((low + high) / 2, low, high) for low, high in (area, precision)
    ]
    assert stated(*estimates).verdict == verdict
    assert stated(*estimates, people=FEWEST_PEOPLE - 1).verdict == "too few to say"


def test_it_is_said_how_many_more_must_succeed():
    unsure = Estimate(0, -0.1, 0.1)
    chance = stated(Estimate(0.02, -0.02, 0.06), unsure, people=100)
    assert chance.wanting == 300  # half as wide an interval takes four times as many
    equal = stated(Estimate(0, -0.02, 0.02), unsure, people=100)
    assert equal.wanting == 300
    few = stated(Estimate(0.1, 0.05, 0.15), unsure, people=FEWEST_PEOPLE - 3)
    assert few.wanting == 3
    assert stated(None, None, people=0).wanting == FEWEST_PEOPLE


def test_the_best_are_as_many_as_were_mqls_and_equals_count_in_part():
    # Two MQLs before. After, one lead is ahead and two share the second place.
    connection = judged(
        [
            ("t", DAYS[0], "a", 9, 9, True),
            ("t", DAYS[0], "b", 8, 5, False),
            ("t", DAYS[0], "c", 1, 5, True),
            ("t", DAYS[0], "d", 0, 0, False),
        ]
    )
    connection.execute(
        "update cut_off_leads set is_mql = lead_id in ('a', 'b') "
        "where ruleset = 'before'"
    )
    connection.execute(
        "update cut_off_leads set is_mql = lead_id in ('a', 'c'), grade = 'A' "
        "where ruleset = 'after'"
    )
    found = compare(connection, "t")
    assert found.best.volume == 2
    assert (found.best.before.value, found.best.after.value) == (0.5, 0.75)
    assert (found.won, found.lost) == ((1, 1), (1, 0))
    assert sorted(found.grades) == [("A", 0, 0, 2, 2), ("B", 2, 1, 0, 0)]


def test_whom_one_ruleset_excludes_comes_last_there():
    connection = duckdb.connect()
    connection.execute(
        "create table cut_off_leads as from (values "
        "(date '2026-01-31', 'r', 'a', -5::decimal(18, 4), 'B', true), "
        "(date '2026-01-31', 'r', 'b', 7, 'A', false), "
        "(date '2026-01-31', 's', 'b', 7, 'A', false)) "
        "as leads (cut_off, ruleset, lead_id, total_points, grade, is_mql)"
    )
    connection.execute("create schema compared")
    query = SIDES.format(before="main", after="main")
    query = query.replace("create table cut", "create table compared.cut")
    connection.execute(query, {"before": "r", "after": "s"})
    found = connection.execute(
        "select ruleset, lead_id, total_points, grade, is_mql "
        "from compared.cut_off_leads order by all"
    ).fetchall()
    assert found == [
        ("after", "a", float("-inf"), "excluded", False),
        ("after", "b", 7, "A", False),
        ("before", "a", -5, "B", True),
        ("before", "b", 7, "A", False),
    ]


# ---- the file that says who is champion


RULESETS = (
    b"\xef\xbb\xbfruleset,scorecard,status,effective_from,curve_points,"
    b"score_at_curve_points,start_grade,description,reasons_first\r\n"
    b'old,sales,"champion",2026-01-01,100,65,D,"Two ""lines"",\nand commas",\r\n'
    b"\r\n"
    b"new,sales,draft,2026-02-01,100,65,D,,intent\r\n"
    b"other,fit,champion,2026-01-01,100,65,D,,"
)


def test_two_cells_change_and_nothing_else(tmp_path):
    path = tmp_path / "rulesets.csv"
    path.write_bytes(RULESETS)
    file = RulesetsFile(tmp_path)
    assert file.champion("sales", DAY) == "old"
    expected = RULESETS.replace(b'"champion"', b"challenger").replace(
        b"draft", b"champion"
    )
    assert file.with_champion("new", "old", DAY) == expected
    path.write_bytes(expected)
    assert RulesetsFile(tmp_path).champion("sales", DAY) == "new"


def test_a_champion_that_would_not_be_shown_is_none(tmp_path):
    path = tmp_path / "rulesets.csv"
    third = b"\r\nthird,sales,champion,2026-03-01,100,65,D,,"
    path.write_bytes(RULESETS + third)
    file = RulesetsFile(tmp_path)
    assert file.champion("sales", date(2026, 2, 28)) == "old"
    assert file.champion("sales", DAY) == "third"
    with pytest.raises(LeadscoreError, match=r"has a further champion \(third\)"):
        file.with_champion("new", "old", DAY)
    with pytest.raises(LeadscoreError, match="scorecard none has no champion"):
        file.champion("none", DAY)


# ---- the commands


KEEN = {
    "rule_id": "demo_wanted",
    "dimension": "demographic",
    "rule_group": "wanted",
    "signal": "lead_source",
    "value_text": "list_import",
    "points": "30",
    "reason": "Came as we like it",
    "rationale": "Tried",
}


@pytest.fixture(scope="module")
def changed(world, tmp_path_factory) -> Settings:
    """A copy of the world with a target more, and rules with two drafts more than ours.

    `same` is ours under another name; `keen` prices what the target asks for.
    """
    folder = tmp_path_factory.mktemp("changed")
    data, config = folder / "world", folder / "config"
    shutil.copytree(world.data, data, symlinks=True)
    (config / "rules").mkdir(parents=True)
    for path in (SEEDS / "rules").glob("*.csv"):
        with path.open(encoding="utf-8", newline="") as file:
            reader = csv.DictReader(file)
            rows = list(reader)
        for name in ("same", "keen"):
            rows += [
                row
                | {"ruleset": name}
                | ({"status": "draft"} if "status" in row else {})
                for row in rows
                if row["ruleset"] == "default"
            ]
        if path.stem == "signal_rules":
            rows.append({"ruleset": "keen", **KEEN})
        target = config / "rules" / path.name
        with target.open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, reader.fieldnames, lineterminator="\r\n")
            writer.writeheader()
            writer.writerows(rows)
    settings = world.model_copy(update={"data": data, "config": config})
    with duckdb.connect(str(settings.warehouse)) as connection:
        connection.execute(
            "insert into mappings.targets by name select 'liked' as target, "
            "'attribute' as success, 'liked' as attribute, 'yes' as value, "
            "90 as horizon_days, 'Sales likes them' as description"
        )
        connection.execute(
            "update intermediate.int_crm_lead_versions "
            "set attributes = json_object('liked', 'yes') "
            "where lead_source = 'Purchased List'"
        )
    return settings


def said(command, settings: Settings, *arguments: object) -> str:
    console = Console(width=200, file=io.StringIO())
    command(settings, *arguments, console)
    return console.file.getvalue()


def decisions(settings: Settings) -> list[tuple]:
    return warehouse(
        settings,
        "select decision, ruleset, ruleset_before, decided_by, because, verdict, "
        "target from raw.ruleset_decisions order by decided_at",
    )


def statuses(settings: Settings) -> dict[str, str]:
    path = settings.config / "rules" / "rulesets.csv"
    with path.open(encoding="utf-8", newline="") as file:
        return {row["ruleset"]: row["status"] for row in csv.DictReader(file)}


def test_rulesets_of_the_world_are_compared_as_of_the_days_named(world):
    days = [date(2026, 2, 28), date(2026, 3, 31)]
    found = backtest(world, "default", "fit_only", "won", days, Console(quiet=True))
    assert [row[0] for row in found.by_day] == days
    assert found.comparison.leads == sum(row[1] for row in found.by_day)
    text = said(lambda _, console: show(found, console), world)
    assert f"Only {found.comparison.people} leads succeeded: below 20" in text
    assert "Not judged, as their 90 days have not ended: 2026-04-30, " in text


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("promote", "kean"), "no ruleset 'kean' in"),
        (("promote", "fit_only"), "fit_only is the champion of fit_only already"),
        (("promote", "same", "--because", "a@b.co says so"), "a@b.co is an address"),
        (("promote", "same", "--target", "x"), "no target 'x'"),
        (("backtest", "default", "kean"), "no ruleset 'kean' in"),
        (("backtest", "kean", "same"), "no ruleset 'kean' in"),
        (("demote", "--scorecard", "x"), "scorecard x has no champion"),
    ],
)
def test_what_cannot_be_changed_is_said(changed, arguments, words):
    folders = ["--data", str(changed.data), "--config", str(changed.config)]
    shown = CliRunner().invoke(app, ["rules", *arguments, *folders])
    assert words in str(shown.exception)


def test_a_world_of_other_rules_is_not_changed_through_ours(changed):
    settings = changed.model_copy(update={"config": None})
    warehouse(settings, "update raw.run set seeds = '../data/seeds'")
    with pytest.raises(LeadscoreError, match="name it with --config"):
        said(promote, settings, "fit_only", None, None, None)
    with pytest.raises(LeadscoreError, match="no ruleset 'keen' in the world"):
        said(show_backtest, settings, "default", "keen", None, [])


def test_a_draft_is_compared_with_the_world_and_not_promoted_if_it_is_no_better(
    changed,
):
    text = said(show_backtest, changed, "default", "same", "liked", [])
    assert "Verdict: no difference." in text
    assert "+0.000 (+0.000 to +0.000)" in text
    assert "It is not known when leads succeeded" in text
    before = statuses(changed)
    with pytest.raises(LeadscoreError, match="verdict is 'no difference'"):
        said(promote, changed, "same", "liked", None, None)
    assert statuses(changed) == before
    assert decisions(changed) == []


@pytest.fixture(scope="module")
def promoted(changed) -> tuple[Settings, str]:
    """The world after `keen` was promoted and scored, and what the command said."""
    text = said(promote, changed, "keen", "liked", None, "ann")
    seeds = lay_out_seeds(changed)
    begin(changed, DAY, seeds)
    run_dbt(changed, seeds, ["seed", "--select", *FILES])
    score_again(changed)
    return changed, text


def test_a_better_draft_becomes_champion_and_the_next_score_shows_it(promoted):
    settings, text = promoted
    assert "Verdict: better." in text
    assert "keen is the champion of new_business, and default a challenger" in text
    assert statuses(settings) == {
        "default": "challenger",
        "fit_only": "champion",
        "accounts": "champion",
        "same": "draft",
        "keen": "champion",
    }
    [row] = decisions(settings)
    assert row == ("promoted", "keen", "default", "ann", None, "better", "liked")
    [(shown, fingerprint)] = warehouse(
        settings, "select distinct ruleset, ruleset_fingerprint from marts.lead_scores"
    )
    [published] = warehouse(
        settings,
        "select ruleset, ruleset_fingerprint, auc_change > auc_change_low, "
        "auc - auc_before - auc_change < 1e-6, cut_offs, first_cut_off, lead_count "
        "from marts.ruleset_decisions",
    )
    assert published[:-1] == (shown, fingerprint, True, True, 1, DAY)
    assert published[-1] > 100


def test_a_promotion_is_taken_back_once_and_a_reason_overrides(promoted):
    settings, _ = promoted
    with pytest.raises(LeadscoreError, match="keen is the champion of new_business"):
        said(promote, settings, "keen", "liked", None, "ann")
    said(demote, settings, None, "Sales did not like it", "bob")
    assert statuses(settings)["default"] == "champion"
    assert statuses(settings)["keen"] == "challenger"
    with pytest.raises(LeadscoreError, match=r"default, .* was not promoted here"):
        said(demote, settings, None, None, "bob")
    said(promote, settings, "same", "liked", "Its name is nicer", None)
    assert decisions(settings)[1:] == [
        ("demoted", "default", "keen", "bob", "Sales did not like it", None, None),
        (
            *("promoted", "same", "default", getpass.getuser(), "Its name is nicer"),
            *("no difference", "liked"),
        ),
    ]
    forget(settings, look_up(settings, ["L90001"]))
    assert len(decisions(settings)) == 3
