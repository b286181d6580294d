"""Points learned from outcomes, and signals that give outcomes away."""

from __future__ import annotations

import csv
import os
import random
import re
import shutil
from dataclasses import replace
from datetime import date
from pathlib import Path
from unittest import mock

import duckdb
import numpy as np
import pytest
from excerpts import WHOLE
from pipeline_world import ingest, score_again, world_of
from scipy import sparse
from typer.testing import CliRunner

from leadscore import pipeline
from leadscore.cli import app
from leadscore.judging import cut_offs
from leadscore.judging.cut_offs import Judged
from leadscore.judging.leaks import find_leaks
from leadscore.judging.targets import find_targets
from leadscore.rules import check_settings
from leadscore.rules.draft import score_draft
from leadscore.settings import PROJECT
from leadscore.suggesting.cases import Cases, Question, read_cases
from leadscore.suggesting.draft_rules import scaled_thresholds
from leadscore.suggesting.held_out import split_of
from leadscore.suggesting.scorecard import _Measured, area, learn, plain_regression
from leadscore.warehouse import create_judged

EXAMPLE = PROJECT / "examples" / "xeducation"
DAY = date(2026, 11, 20)


# ---- points from cases


def cases_of(answers, succeeded, people=None, days=None) -> Cases:
    """Cases, of which each column answers the question whether an activity was done."""
    answers = np.asarray(answers, dtype=float)
    count = len(succeeded)
    people = np.arange(count) if people is None else people
    return Cases(
        [Question("activity", f"did_{n}") for n in range(answers.shape[1])],
        sparse.csr_matrix(answers),
        np.asarray(succeeded),
        people,
        np.zeros(count) if days is None else days,
        people,
        {},
    )


def succeeding(odds, rng) -> np.ndarray:
    return rng.random(len(odds)) < odds / (1 + odds)


def every(cases: Cases) -> np.ndarray:
    return np.ones(len(cases.succeeded), dtype=bool)


def test_twenty_points_double_the_odds():
    rng = np.random.default_rng(1)
    answers = rng.random((40_000, 4)) < (0.3, 0.2, 0.5, 0.4)
    odds = 0.1 * 2.0 ** (answers @ [1, 2, -1, 0])
    found = learn(cases := cases_of(answers, succeeding(odds, rng)), every(cases))
    assert found.points == {
        0: pytest.approx(20, abs=3),
        1: pytest.approx(40, abs=3),
        2: pytest.approx(-20, abs=3),
    }
    assert all(isinstance(points, int) for points in found.points.values())
    assert found.left_out == {3: "no sign that it tells who succeeds"}
    assert found.learned_from == (40_000, 40_000, cases.succeeded.sum())


def test_no_points_contradict_the_evidence():
    """Who did the second nearly always did the first, and it takes from the odds."""
    rng = np.random.default_rng(2)
    first = rng.random(20_000) < 0.3
    second = first & (rng.random(20_000) < 0.8) | (rng.random(20_000) < 0.05)
    odds = 0.05 * 8.0**first * 0.6**second
    cases = cases_of(np.column_stack([first, second]), succeeding(odds, rng))
    rate = cases.succeeded[second].mean() / cases.succeeded.mean()
    assert rate > 1.5  # for itself it tells of success
    found = learn(cases, every(cases))
    assert found.points[0] > 0
    assert found.left_out == {1: "others tell it already"}


def random_world(seed: int) -> Cases:
    """Leads at four cut-offs, of which some tend to succeed, whatever they did."""
    rng = np.random.default_rng(seed)
    people, days = np.tile(np.arange(300), 4), np.repeat(np.arange(4), 300)
    did = rng.random((300, 40)) < rng.uniform(0.05, 0.6, 40)
    tends = rng.random(300) < 0.2
    succeeded = rng.random(1200) < np.where(tends, 0.4, 0.05)[people]
    return cases_of(did[people], succeeded, people, days)


def test_random_outcomes_give_no_points():
    some = 0
    for seed in range(60):
        cases = random_world(seed)
        found = learn(cases, cases.days < 2)
        if found.points:
            some += 1
            weights = [found.points.get(n, 0) for n in range(40)]
            judged = cases.days >= 2
            shown = area(
                *((cases.answers @ weights)[judged], cases.succeeded[judged]),
                *(cases.people[judged], cases.days[judged]),
            )
            assert shown.low < 0.5
    assert some <= 6  # one in twenty is what is allowed


def test_what_is_rare_gives_no_points_and_is_called_so():
    answers = np.zeros((2000, 2), dtype=bool)
    answers[:4, 0] = True  # four leads that succeeded
    answers[:100, 1] = True
    succeeded = np.zeros(2000, dtype=bool)
    succeeded[:40] = True
    found = learn(cases := cases_of(answers, succeeded), every(cases))
    assert found.left_out == {0: "too few to say"}
    assert found.points[1] > 0


def test_of_questions_alike_ours_and_the_rarer_is_asked():
    rng = np.random.default_rng(3)
    told = rng.random(5000) < 0.2
    cases = cases_of(
        np.column_stack([told, told, ~told]), succeeding(0.1 * 4.0**told, rng)
    )
    column, ours = Question("signal", "attribute.x", "y"), Question("signal", "x", "y")
    cases = replace(cases, questions=[column, ours, Question("signal", "x", "n")])
    found = learn(cases, every(cases))
    assert list(found.points) == [1]
    assert set(found.left_out.values()) == {"another asks the same"}


def test_who_is_there_twice_is_one_person():
    """The same leads at another cut-off make no interval narrower."""
    rng = np.random.default_rng(4)
    did = rng.random((800, 1)) < 0.3
    once = cases_of(did, succeeding(0.1 * 3.0 ** did[:, 0], rng))
    twice = cases_of(
        np.vstack([did, did]),
        np.tile(once.succeeded, 2),
        np.tile(once.people, 2),
        np.repeat([0, 1], 800),
    )
    points = rng.normal(size=800) + once.succeeded
    lifts, areas = [], []
    for cases in (once, twice):
        measured = _Measured(cases.answers, cases.succeeded, cases.people)
        lifts.append(measured.lift(0))
        told = np.resize(points, len(cases.people))
        areas.append(area(told, cases.succeeded, cases.people, cases.days))
        assert measured.z[0] == pytest.approx(4, abs=3)
    assert (lifts[0].low, lifts[0].high) == pytest.approx((lifts[1].low, lifts[1].high))
    assert (areas[0].low, areas[0].high) == pytest.approx((areas[1].low, areas[1].high))


def test_the_area_counts_pairs_of_the_same_day():
    points = np.array([3, 2, 1, 9, 2, 2])
    succeeded = np.array([True, False, False, False, True, False])
    days = np.array([0, 0, 0, 1, 1, 1])
    # The first day 2 of 2 pairs, the second half a pair of 2.
    found = area(points, succeeded, np.arange(6), days)
    assert found.value == pytest.approx((1 + 0.25) / 2)


# ---- what can be asked


@pytest.fixture
def judged() -> duckdb.DuckDBPyConnection:
    """Tables of cut-offs with 500 leads, of whom the first 100 succeeded."""
    connection = duckdb.connect()
    create_judged(connection, "main")
    connection.execute(
        "insert into cut_off_outcomes by name "
        "select 't' as target, date '2026-01-31' as cut_off, 'L' || n as lead_id, "
        "n < 100 as has_succeeded from range(500) as _(n)"
    )
    connection.execute(
        "insert into cut_off_leads by name "
        "select cut_off, lead_id, 'r' as ruleset, 1 as total_points, "
        "1 as behavioral_points from cut_off_outcomes"
    )
    return connection


def add_fact(connection, name: str, text="null", number="null", where="true") -> None:
    """Note a fact of the leads `L<n>` for which a condition on n holds."""
    kind = "activity" if name == "page_viewed" else "signal"
    connection.execute(
        f"insert into cut_off_facts by name "
        f"select date '2026-01-31' as cut_off, 'L' || n as lead_id, '{kind}' as kind, "
        f"'{name}' as name, {text} as value_text, {number} as value_number "
        f"from range(500) as _(n) where {where}"
    )


def test_values_ranges_and_activities_can_be_asked(judged):
    add_fact(judged, "minutes", number="n * 2 + 7")
    add_fact(judged, "origin", "if(n < 150, 'form', '!odd')", where="n < 300")
    add_fact(judged, "page_viewed", number="3", where="n >= 475")
    add_fact(judged, "left_out", "'yes'")
    cases = read_cases(judged, "t", "r", ["left_out"])
    counts = cases.answers.sum(axis=0).tolist()[0]
    asked = {str(q): n for q, n in zip(cases.questions, counts, strict=True)}
    assert asked == {
        "minutes below 200": 97,  # the fifths, with two digits
        "minutes 200 to 400": 100,
        "minutes 400 to 600": 100,
        "minutes 600 to 800": 100,
        "minutes from 800": 103,
        "origin = form": 150,
        "origin = (missing)": 200,  # the record has no such column
        "page_viewed": 25,
    }
    assert cases.succeeded.sum() == 100


def test_the_least_number_is_a_range_of_its_own_where_many_have_it(judged):
    add_fact(judged, "minutes", number="greatest(n - 250, 0)")
    asked = {str(question) for question in read_cases(judged, "t", "r").questions}
    assert "minutes below 1" in asked


def test_as_many_leads_reach_a_threshold_as_before():
    rng = random.Random(5)
    before = np.array([float(rng.randint(0, 100)) for _ in range(500)])
    after = before // 10 * 7 - 30
    asked = [20.0, 50.0, 51.0, 100.5]
    found = scaled_thresholds({"total": asked}, {"total": before}, {"total": after})
    marks = [found("total", threshold) for threshold in asked]
    assert marks == sorted(set(marks))  # what lay above another still does
    for threshold, mark in zip(asked[:2], marks[:2], strict=True):
        reached = (before >= threshold).sum()
        assert (after >= mark).sum() == pytest.approx(reached, abs=60)
    assert (after >= marks[-1]).sum() == 0


# ---- leaks


@pytest.mark.parametrize(
    ("fact", "said"),
    [
        ({"text": "if(n < 95, 'sold', 'ringing')"}, "gives away"),
        ({"text": "'*'", "where": "n < 75"}, "is filled in for 75 of the 100"),
        ({"number": "if(n < 100, 0, 50) + n % 55"}, "alone tells"),
    ],
)
def test_what_gives_away_who_succeeded_is_named(judged, fact, said):
    add_fact(judged, "attribute.leak", **fact)
    add_fact(judged, "attribute.honest", "if(n % 3 = 0, 'a', 'b')")
    add_fact(judged, "minutes", number="if(n < 100, 20, 0) + n % 50")
    add_fact(judged, "budget", "if(n < 60 or n > 450, 'yes', '(missing)')")
    [leak] = find_leaks(judged, "t")
    assert leak.signal == "attribute.leak"
    assert said in leak.sentence


def test_what_is_filled_in_only_after_success_is_named(judged):
    judged.execute(
        "insert into cut_off_outcomes by name select * replace ("
        "date '2026-04-30' as cut_off, if(has_succeeded, null, false) as has_succeeded)"
        " from cut_off_outcomes"
    )
    add_fact(judged, "attribute.contract", "'C1'", where="n < 100")
    judged.execute("update cut_off_facts set cut_off = '2026-04-30'")
    [leak] = find_leaks(judged, "t")
    assert "is filled in for 100 of the 100 leads that succeeded once they had" in (
        leak.sentence
    )


def test_nothing_of_the_sample_is_a_leak(world, tmp_path):
    targets = find_targets(world, "won")
    found = Judged(world, tmp_path / "judged.duckdb")
    list(found.score(found.plan(targets, [date(2025, 12, 31), date(2026, 3, 31)])))
    with duckdb.connect(str(found.file), read_only=True) as connection:
        assert connection.execute("from cut_off_facts limit 1").fetchone()
        assert find_leaks(connection, "won") == []


# ---- the command


def run(*arguments: str) -> str:
    """Return what a command says; what it puts into the environment is taken back."""
    with mock.patch.dict(os.environ):
        result = CliRunner().invoke(app, ["rules", *arguments])
    if result.exception and not isinstance(result.exception, SystemExit):
        raise result.exception
    return re.sub(r"\s+", " ", result.output)


@pytest.mark.proof
def test_little_is_no_evidence(world, tmp_path):
    into = tmp_path / "own"
    said = run("suggest", "learned", "--into", str(into), "--target", "won")
    assert "Nothing here tells who succeeds" in said
    assert "too few to say" in said
    assert not into.exists()


@pytest.fixture(scope="module")
def courses(tmp_path_factory):
    """A world of 600 leads in the shape of the example's export.

    Who came by a landing page, has no job or stayed long buys rather; what sales noted
    in `Tags` afterwards gives it away, and the map does not call it an outcome.
    """
    root = tmp_path_factory.mktemp("suggest")
    config = root / "config"
    shutil.copytree(EXAMPLE, config)
    path = config / "sources" / "crm" / "xeducation.yml"
    path.write_text(path.read_text().replace("      - Tags\n", ""))
    with (PROJECT / "tests/data/xeducation/leads.csv").open(encoding="utf-8") as file:
        header = next(csv.reader(file))
    folder = root / "extracts" / "crm" / DAY.isoformat()
    folder.mkdir(parents=True)
    rng = random.Random(6)
    with (folder / "leads.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, header, restval="No", lineterminator="\n")
        writer.writeheader()
        writer.writerows(_lead(number, rng) for number in range(600))
    with world_of(root, config=config, sources="crm") as settings:
        ingest(settings, DAY)
        pipeline.layer("rules", DAY.isoformat())
        score_again(settings, DAY, "lead_scores")
        yield settings


def _lead(number: int, rng: random.Random) -> dict[str, str]:
    origin = rng.choice(["API", "Landing Page Submission", "Import"])
    job = rng.choice(["Unemployed", "Working Professional", "Select"])
    minutes = rng.choice([0, rng.randint(1, 2000)])
    odds = 0.1 * 6.0 ** (origin[0] == "L") * 4.0 ** (job[0] == "U")
    bought = rng.random() < (odds := odds * 3.0 ** (minutes > 900)) / (1 + odds)
    tag = "Will revert" if bought and rng.random() < 0.95 else "Ringing"
    return {
        "Prospect ID": f"P{number}", "Lead Number": str(600_000 + number),
        "Lead Origin": origin, "What is your current occupation": job,
        "Total Time Spent on Website": str(minutes), "Converted": str(int(bought)),
        "Tags": tag, "Country": "India", "TotalVisits": "1",
        "Page Views Per Visit": "1", "Lead Source": rng.choice(["Google", "Chat"]),
    }  # fmt: skip


@pytest.fixture(scope="module")
def suggested(courses, tmp_path_factory) -> tuple[Path, str]:
    """What the command wrote, and what it said."""
    into = tmp_path_factory.mktemp("suggested") / "own"
    return into, run("suggest", "learned", "--into", str(into))


def rows(folder: Path, name: str, ruleset: str) -> list[dict[str, str]]:
    with (folder / "rules" / f"{name}.csv").open(encoding="utf-8") as file:
        return [row for row in csv.DictReader(file) if row["ruleset"] == ruleset]


def test_a_suggestion_is_ordinary_rules_and_a_draft(courses, suggested):
    into, _ = suggested
    [head] = rows(into, "rulesets", "learned")
    assert (head["status"], head["scorecard"]) == ("draft", "course_leads")
    for path in (EXAMPLE / "rules").glob("*.csv"):
        there, copied = (rows(side, path.stem, "courses") for side in (EXAMPLE, into))
        assert len(copied) == len(there)
        assert all(
            row.items() <= copy.items() for row, copy in zip(there, copied, strict=True)
        )
    own = courses.model_copy(update={"config": into})
    assert [f for f in check_settings(own) if f.severity == "error"] == []
    points = {
        (row["signal"].removeprefix("attribute."), row["value_text"]): row
        for row in rows(into, "signal_rules", "learned")
        if row["points"] != "0"
    }
    form = points["Lead Origin", "landing page submission"]
    assert int(form["points"]) > 20
    assert int(points["What is your current occupation", "unemployed"]["points"]) > 20
    assert form["dimension"] == "behavioral"  # as in the ruleset it is graded by
    assert re.fullmatch(
        r"lift \d\.\d \[\d\.\d to \d\.\d\] of \d+ leads", form["rationale"]
    )
    assert not [signal for signal, _ in points if signal in ("Tags", "Converted")]


def test_a_suggestion_says_how_it_did_on_people_it_had_not_seen(suggested):
    _, said = suggested
    assert "Left out: attribute.Tags gives away who succeeded" in said
    assert "of 600 leads" in said
    assert "cross-validated" in said
    areas = dict(re.findall(r"(suggestion|courses|question) (0\.\d+) \[", said))
    assert float(areas["suggestion"]) > float(areas["courses"])
    assert abs(float(areas["suggestion"]) - float(areas["question"])) < 0.03


def test_a_suggestion_grades_as_before_and_calls_as_many(courses, suggested):
    into, _ = suggested
    with score_draft(courses.model_copy(update={"config": into})) as draft:
        rows = draft.execute(
            "select before.grade = after.grade, before.is_mql, after.is_mql "
            "from lead_scores_all as before "
            "inner join lead_scores_all as after using (lead_id) "
            "where before.ruleset = 'courses' and after.ruleset = 'learned'"
        ).fetchall()
    graded, before, after = (sum(column) for column in zip(*rows, strict=True))
    assert graded == len(rows) == 600
    assert before > 0
    assert after == pytest.approx(before, rel=0.5)


def test_what_is_there_already_is_not_overwritten(suggested, tmp_path):
    into, _ = suggested
    own = ("--config", str(into))
    for arguments, said in (
        (("learned", "--into", str(into), *own), "is a ruleset learned already"),
        (("other", "--into", str(into)), "is there already: choose a new folder"),
        (("other", "--into", str(tmp_path / "a"), "--base", "x"), "no ruleset 'x'"),
        (
            ("other", "--into", str(tmp_path / "b"), "--keep", "country"),
            "'country': it is not left out; what is: attribute.Tags",
        ),
    ):
        with pytest.raises(Exception, match=re.escape(said)):
            run("suggest", *arguments)


# Each lead's first contact, and the deals that were closed, of a public funnel.
FUNNEL = """
null_values: [unknown]
files:
  - pattern: leads*
    table: crm_leads
    delivery: snapshot
    columns: {lead_id: mql_id, created_at: first_contact_date, lead_source: origin}
  - pattern: deals*
    table: crm_opportunities
    delivery: snapshot
    columns:
      opportunity_id: mql_id
      lead_id: {sql: mql_id}
      is_won: {sql: "true"}
      closed_at: won_date
    ignore: ["*"]
"""
OLIST = WHOLE / "olist_funnel"


def lift_of_the_best_tenth(said, cases: Cases, rows) -> float:
    """As judge has it, but leads of equal points in a random order."""
    succeeded = cases.succeeded[rows]
    chance = np.random.default_rng(1).random(len(succeeded))
    best = np.lexsort((chance, -said[rows]))[: len(succeeded) // 10]
    return succeeded[best].mean() / succeeded.mean()


@pytest.mark.whole(OLIST)
def test_a_random_split_promises_what_time_does_not_keep(tmp_path, monkeypatch):
    """Learned and judged by rows drawn at random, the same months are on both sides."""
    every_page = cut_offs.SIGNAL_KINDS.replace("> 50 as is_", "> 999 as is_")
    assert every_page != cut_offs.SIGNAL_KINDS
    monkeypatch.setattr(cut_offs, "SIGNAL_KINDS", every_page)
    config = tmp_path / "config" / "sources" / "crm"
    config.mkdir(parents=True)
    (config / "funnel.yml").write_text(FUNNEL)
    day = date(2018, 11, 20)
    delivery = tmp_path / "extracts" / "crm" / day.isoformat()
    delivery.mkdir(parents=True)
    for name, file in (
        ("leads.csv", "olist_marketing_qualified_leads_dataset.csv"),
        ("deals.csv", "olist_closed_deals_dataset.csv"),
    ):
        shutil.copyfile(OLIST / file, delivery / name)
    with world_of(tmp_path, config=tmp_path / "config", sources="crm") as settings:
        ingest(settings, day)
        pipeline.layer("rules", day.isoformat())
        score_again(settings, day)
        judged = Judged(settings, tmp_path / "judged.duckdb")
        [planned] = judged.plan(find_targets(settings, "won"))
        list(judged.score([planned]))
    with duckdb.connect(str(judged.file)) as connection:
        cases = read_cases(connection, "won", "fit_only", set())

    def told(learned, rows):
        said = plain_regression(cases, learned)
        sides = (said, cases.succeeded, cases.people, cases.days)
        auc = area(*(side[rows] for side in sides))
        return auc, lift_of_the_best_tenth(said, cases, rows)

    split = split_of(planned, cases)
    auc, lift = told(split.learned, split.judged)
    chance = [
        np.random.default_rng(n).integers(0, 3, len(split.learned)) for n in range(4)
    ]
    drawn = [told(part != 0, part == 0) for part in chance]
    areas, lifts = (
        [getattr(a, "value", a) for a in some] for some in zip(*drawn, strict=True)
    )
    page = (PROJECT / "docs" / "better_rules.md").read_text(encoding="utf-8")
    by_time = f"{auc.value:.3f} ({auc.low:.3f} to {auc.high:.3f}) | {lift:.2f}"
    assert f"| in time | {by_time} |" in page
    at_random = (
        f"{min(areas):.3f} to {max(areas):.3f} | {min(lifts):.2f} to {max(lifts):.2f}"
    )
    assert f"| at random, four times | {at_random} |" in page
    assert min(areas) > auc.high


def test_a_rule_on_a_leak_is_warned_of_once_leads_were_judged(courses, tmp_path):
    config = tmp_path / "config"
    shutil.copytree(courses.config, config)
    path = config / "rules" / "signal_rules.csv"
    with path.open("a", encoding="utf-8") as file:
        file.write("courses,leak,behavioral,leak,attribute.Tags,*,,,,,9,,Tagged,A leak")
        file.write("\n")
    draft = courses.model_copy(update={"config": config})
    assert check_settings(draft) == []
    found = Judged(courses, tmp_path / "judged.duckdb")
    list(found.score(found.plan(find_targets(courses))))
    with duckdb.connect(str(courses.warehouse)) as warehouse:
        warehouse.execute(f"attach '{found.file}' as found (read_only)")
        for table in ("cut_off_facts", "cut_off_outcomes"):
            warehouse.execute(f"insert into judged.{table} from found.{table}")
    [warning] = check_settings(draft)
    assert warning.severity == "warning"
    assert "attribute.Tags gives away who succeeded" in warning.message
