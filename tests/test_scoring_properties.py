"""What holds for every score, whatever the rules: generated leads, the real models."""

from collections import defaultdict
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from itertools import pairwise, product

import pytest
from hypothesis import strategies as st
from oracle import PARTS, Row, Ruleset
from scoring_cases import (
    CATCH_ALL,
    DAY,
    LADDER,
    Case,
    activity_rows,
    cases,
    drawn,
    facts_of,
    named_cases,
    named_rulesets,
    rule_files_of,
)
from scoring_run import Scored, manual_adjustments_of, run_scoring

GENERATED = [f"r{number}" for number in range(8)]
SCORED_DAY = date(2026, 11, 20)
FOREVER = date(9999, 12, 31)
# Steps of a ten-thousandth around 0, the bend and where the curve is all but flat.
POINTS = [
    Decimal(middle) + step * Decimal("0.0001")
    for middle in (-100, 0, 1, 50, 100, 101, 250, 1000, 3600, 9000)
    for step in (-1, 0, 1)
]


@pytest.fixture(scope="module")
def seed(request) -> int:
    return request.config.getoption("--case-seed") + 1_000_000


@pytest.fixture(scope="module")
def rulesets(seed) -> dict[str, Ruleset]:
    return named_rulesets(GENERATED, seed) | {
        "curve": bare_ruleset("curve", []),
        "positive": bare_ruleset("positive", positive_rules()),
    }


@pytest.fixture(scope="module")
def leads(seed) -> list[Case]:
    return named_cases(cases(GENERATED), 30, seed)


@pytest.fixture(scope="module")
def late_events(seed) -> list[tuple[Case, Case]]:
    """Leads before and after one more event of theirs became known."""
    event = activity_rows(SCORED_DAY - DAY)
    found = drawn(st.lists(event, min_size=2, max_size=9), 25, seed)
    return [before_and_after(n, rows[0], rows[1:]) for n, rows in enumerate(found)]


@pytest.fixture(scope="module")
def everybody(leads, late_events) -> dict[str, list[Row]]:
    others = [quiet_lead([(SCORED_DAY - 9 * DAY, SCORED_DAY)])]
    others += [lead_with_points(points) for points in POINTS]
    others += [lead for pair in late_events for lead in pair]
    return facts_of(leads + others)


@pytest.fixture(scope="module")
def rules(rulesets, everybody) -> dict[str, list[Row]]:
    adjustments = {"manual_adjustments": manual_adjustments_of(everybody)}
    return rule_files_of(rulesets) | adjustments


@pytest.fixture(scope="module")
def scored(everybody, rules, scoring_folder) -> Scored:
    """All of them in one run."""
    return run_scoring(scoring_folder, everybody, rules)


@pytest.fixture(scope="module")
def scored_apart(scored, leads, rules, scoring_folder) -> Scored:
    """Half of the leads, each on one of its days; the quiet one day by day."""
    few = [replace(lead, spans=lead.spans[-1:]) for lead in leads[::2]]
    days = [SCORED_DAY - n * DAY for n in range(10)]
    few.append(quiet_lead([(day, day) for day in days]))
    return run_scoring(scoring_folder, facts_of(few), rules)


def test_factors_sum_exactly_to_the_parts_and_to_the_total(scored):
    for key, row in scored.results.items():
        sums = dict.fromkeys(PARTS, Decimal(0))
        for factor in scored.factors[key]:
            sums[factor["dimension"]] += factor["points"]
        assert sums == {part: row[f"{part}_points"] for part in PARTS}, key
        assert sum(sums.values()) == row["total_points"], key


def test_the_curve_keeps_the_order_of_points(scored):
    in_ruleset = defaultdict(list)
    for row in scored.results.values():
        in_ruleset[row["ruleset"]].append((row["total_points"], row["score"]))
    assert len({points for points, _ in in_ruleset["curve"]}) >= len(POINTS)
    for pairs in in_ruleset.values():
        for (lower, lower_score), (higher, higher_score) in pairwise(sorted(pairs)):
            assert 0 <= lower_score <= higher_score <= 100, (lower, higher)


def test_a_late_event_never_lowers_a_positive_rule(scored, late_events):
    raised = 0
    for before, after in late_events:
        old, new = (
            {
                factor["rule_id"]: factor["points"]
                for factor in scored.factors[case.lead_id, SCORED_DAY, "positive"]
            }
            for case in (before, after)
        )
        for rule_id, points in old.items():
            assert new.get(rule_id, 0) >= points, (after.activity_days, rule_id)
            raised += new[rule_id] > points
    assert raised > len(late_events)


def test_a_lead_scores_the_same_without_the_others_and_on_one_day_as_on_many(
    scored, scored_apart
):
    generated = [key for key in scored_apart.results if key[0] != "quiet"]
    assert len(generated) >= 15 * len(GENERATED)
    for key in generated:
        assert scored_apart.results[key] == scored.results[key]
        assert by_rule(scored_apart.factors[key]) == by_rule(scored.factors[key])


def test_days_in_one_span_score_as_each_day_alone(scored, scored_apart):
    first = SCORED_DAY - 9 * DAY
    alone = [key for key in scored_apart.results if key[0] == "quiet"]
    assert len(alone) == 10 * (len(GENERATED) + 2)
    for lead_id, day, ruleset in alone:
        together, single = (lead_id, first, ruleset), (lead_id, day, ruleset)
        assert without_days(scored_apart.results[single]) == without_days(
            scored.results[together]
        )
        assert [without_days(row) for row in by_rule(scored_apart.factors[single])] == [
            without_days(row) for row in by_rule(scored.factors[together])
        ]


def by_rule(rows: list[Row]) -> list[Row]:
    return sorted(rows, key=lambda row: row["rule_id"])


def without_days(row: Row) -> Row:
    return {k: v for k, v in row.items() if k not in ("valid_from", "valid_to")}


def lead_on(lead_id: str, limits: list[tuple[date, date]], **rows: list[Row]) -> Case:
    """A lead of whom all that is known is a country."""
    signal = {"signal": "country", "value_text": "us", "value_number": None}
    return Case(
        lead_id,
        spans=[
            {"lead_id": lead_id, "valid_from": since, "valid_to": until}
            | {"lead_valid_from": limits[0][0]}
            for since, until in limits
        ],
        signals=[
            signal | {"lead_id": lead_id, "valid_from": since} for since, _ in limits
        ],
        activity_days=rows.get("activity_days", []),
        adjustments=rows.get("adjustments", []),
    )


def quiet_lead(limits: list[tuple[date, date]]) -> Case:
    """A lead with points of all kinds that do not change, as nothing happens."""
    adjustment = {
        "lead_id": "quiet",
        "adjustment_id": "by_hand",
        "points": Decimal("7.5"),
        "reason": "Known well",
        "valid_from": SCORED_DAY - timedelta(days=30),
        "valid_to": FOREVER,
    }
    adjustments = [adjustment | {"ruleset": name} for name in [*GENERATED, "curve"]]
    return lead_on("quiet", limits, adjustments=adjustments)


def lead_with_points(points: Decimal) -> Case:
    lead_id = f"points_{points}"
    adjustment = {
        "lead_id": lead_id,
        "ruleset": "curve",
        "adjustment_id": lead_id,
        "points": points,
        "reason": "A point of the curve",
        "valid_from": SCORED_DAY,
        "valid_to": FOREVER,
    }
    return lead_on(lead_id, [(SCORED_DAY, SCORED_DAY)], adjustments=[adjustment])


def before_and_after(number: int, late: Row, known: list[Row]) -> tuple[Case, Case]:
    """A lead without and with a late event of the only activity that is priced."""
    pair = []
    for name, rows in (
        (f"before_{number}", known),
        (f"after_{number}", [*known, late]),
    ):
        always = {
            "lead_id": name,
            "activity": "page_viewed",
            "valid_from": SCORED_DAY,
            "valid_to": FOREVER,
        }
        limits = [(SCORED_DAY, SCORED_DAY)]
        pair.append(lead_on(name, limits, activity_days=[row | always for row in rows]))
    return pair[0], pair[1]


def positive_rules() -> list[Row]:
    """A rule for every way to count and to decay."""
    ways = product(
        ("day", "week", "month", "quarter", "ever"),
        (None, 2, 3),
        (None, 1, 3),
        (None, 30),
        (("none", None), ("linear", 90), ("half_life", 14)),
    )
    return [
        {
            "rule_id": f"{per}_{per_count}_{max_units}_{window}_{decay}",
            "dimension": "behavioral",
            "rule_group": "pages",
            "activity": "page_viewed",
            "if_signal": None,
            "if_value": None,
            "per": per,
            "per_count": per_count,
            "max_units": max_units,
            "window_days": window,
            "decay": decay,
            "decay_days": decay_days,
            "points": Decimal("3"),
            "max_points": None,
            "reason": "Viewed pages",
            "rationale": "Made up",
        }
        for per, per_count, max_units, window, (decay, decay_days) in ways
    ]


def bare_ruleset(name: str, activity_rules: list[Row]) -> Ruleset:
    """A ruleset without caps, resets and exclusions."""
    return Ruleset(
        row={
            "ruleset": name,
            "scorecard": name,
            "status": "challenger",
            "effective_from": date(2020, 1, 1),
            "curve_points": Decimal(100),
            "score_at_curve_points": Decimal(65),
            "start_grade": "D",
            "description": "Bare",
        },
        activity_rules=activity_rules,
        grades=[{"position": n, "grade": grade} for n, grade in enumerate(LADDER, 1)],
        levels=[{"level": 4, "min_behavioral_points": None}],
        qualification=[CATCH_ALL],
    )
