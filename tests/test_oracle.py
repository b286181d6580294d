"""The scoring models against the oracle, on generated leads and rulesets.

`pytest tests/test_oracle.py --cases 200 --case-seed 1` tries others, and more of them.
"""

import pytest
from oracle import PARTS, Result, Row, score
from scoring_cases import cases, facts_of, named_cases, named_rulesets, rule_files_of
from scoring_run import Scored, run_scoring

RULESETS = [f"r{number:02}" for number in range(40)]


@pytest.fixture(scope="module")
def rulesets(request):
    return named_rulesets(RULESETS, request.config.getoption("--case-seed"))


@pytest.fixture(scope="module")
def leads(request):
    options = request.config.option
    return named_cases(cases(RULESETS), options.cases, options.case_seed)


@pytest.fixture(scope="module")
def scored(leads, rulesets, scoring_folder) -> Scored:
    """Every lead under every ruleset on all its days, in one dbt run."""
    return run_scoring(scoring_folder, facts_of(leads), rule_files_of(rulesets))


@pytest.fixture(scope="module")
def expected(leads, rulesets) -> dict[tuple, Result]:
    return {
        (lead.lead_id, span["valid_from"], name): score(
            lead.on(span["valid_from"], name), span["valid_from"], ruleset
        )
        for lead in leads
        for span in lead.spans
        for name, ruleset in rulesets.items()
    }


def test_every_lead_is_scored_once_on_each_day_under_each_ruleset(scored, expected):
    assert len(expected) >= 500
    assert scored.results.keys() == expected.keys()


def test_factors_are_those_of_the_oracle(scored, expected):
    assert_same(
        {key: found_factors(scored.factors[key]) for key in expected},
        {key: expected_factors(result) for key, result in expected.items()},
    )


def test_parts_total_and_score_are_those_of_the_oracle(scored, expected):
    assert_same(
        {
            key: {part: row[f"{part}_points"] for part in PARTS}
            | {"total": row["total_points"], "score": row["score"]}
            for key, row in scored.results.items()
        },
        {
            key: result.parts | {"total": result.total, "score": result.score}
            for key, result in expected.items()
        },
    )


def test_grades_and_levels_are_those_of_the_oracle(scored, expected):
    assert_same(
        {
            key: (row["grade"], row["engagement_level"], row["segment"])
            for key, row in scored.results.items()
        },
        {
            key: (result.grade, result.level, f"{result.grade[0]}{result.level}")
            for key, result in expected.items()
        },
    )


def test_stages_and_queues_are_those_of_the_oracle(scored, expected):
    columns = ("stage", "is_mql", "priority", "queue", "is_excluded")
    assert_same(
        {
            key: tuple(row[column] for column in columns)
            for key, row in scored.results.items()
        },
        {
            key: tuple(getattr(result, column) for column in columns)
            for key, result in expected.items()
        },
    )


def test_the_reason_given_is_that_of_an_exclusion_that_holds(scored, expected):
    wrong = {
        key: (row["exclusion_reason"], expected[key].exclusion_reasons)
        for key, row in scored.results.items()
        if row["exclusion_reason"] not in (expected[key].exclusion_reasons or {None})
    }
    assert not wrong


def found_factors(rows: list[Row]) -> dict[str, tuple]:
    return {
        row["rule_id"]: (
            row["dimension"],
            row["points"],
            row.get("occurrences"),
            row.get("days"),
            row["first_at"] and row["first_at"].date(),
            row["last_at"] and row["last_at"].date(),
        )
        for row in rows
    }


def expected_factors(result: Result) -> dict[str, tuple]:
    return {
        factor.rule_id: (
            factor.dimension,
            factor.points,
            factor.occurrences,
            factor.days,
            factor.first_day,
            factor.last_day,
        )
        for factor in result.factors
    }


def assert_same(found: dict, expected: dict) -> None:
    """Compare case by case; the message has the first few that differ."""
    wrong = [key for key in expected if found[key] != expected[key]]
    examples = "\n".join(
        f"{key}:\n   models {difference(found[key], expected[key])}\n"
        f"   oracle {difference(expected[key], found[key])}"
        for key in wrong[:10]
    )
    assert not wrong, f"{len(wrong)} of {len(expected)} differ:\n{examples}"


def difference(one, other):
    """Return what of one is not the same in the other."""
    if isinstance(one, dict):
        return {k: v for k, v in one.items() if k not in other or other[k] != v}
    return one
