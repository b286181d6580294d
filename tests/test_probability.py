"""Probabilities: points calibrated by what became of leads, or a sentence why not."""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Iterator
from datetime import date

import duckdb
import pytest
from small_marts import small_world

from leadscore.elsewhere import Elsewhere
from leadscore.judging.probability import Trained, train
from leadscore.judging.probability_shown import told
from leadscore.judging.targets import Target
from leadscore.warehouse import connect

DAYS = (date(2026, 1, 31), date(2026, 2, 28), date(2026, 3, 31), date(2026, 4, 30))
MAY, JUNE = date(2026, 5, 31), date(2026, 6, 30)
INTERCEPT, SLOPE = -3.5, 0.02
Z = 1.959964
# cut-off, lead, total_points, score, succeeded
Lead = tuple[date, str, float, float, bool]


def chance(points: float, intercept: float = INTERCEPT, slope: float = SLOPE) -> float:
    return 1 / (1 + math.exp(-(intercept + slope * points)))


def crowd(
    seed: int, people: int = 400, truth: Callable[[date, float], float] | None = None
) -> list[Lead]:
    """People at one to three cut-offs, who succeed after all of them or none."""
    rng = random.Random(seed)
    leads = []
    for number in range(people):
        points, luck = rng.randint(-40, 160), rng.random()
        first = rng.randrange(len(DAYS))
        for day in DAYS[first : first + rng.randint(1, 3)]:
            odds = truth(day, points) if truth else chance(points)
            leads.append((day, f"{seed}/{number}", float(points), 0.0, luck < odds))
    return leads


@pytest.fixture
def warehouse(tmp_path) -> Iterator[duckdb.DuckDBPyConnection]:
    with connect(small_world(tmp_path)) as connection:
        connection.execute(
            "create schema rules; create schema mappings; create schema marts;"
            "create table rules.rulesets as select 'r' as ruleset, 's' as scorecard"
        )
        yield connection


def target(name: str, horizon_days: int) -> Target:
    return Target(None, name, "won", None, None, None, None, horizon_days, 0.8, 50, "")


def trained(
    warehouse: duckdb.DuckDBPyConnection,
    worlds: dict[str, list[Lead]],
    *,
    is_dated: bool = True,
    horizon_days: int = 30,
) -> dict[str, Trained]:
    """What is found of made-up people, each world a target of its own."""
    rows = [(name, *lead) for name, leads in worlds.items() for lead in leads]
    columns = [list(column) for column in zip(*rows, strict=True)]
    warehouse.execute(
        "create or replace temp table made_up as select unnest($1) as target, "
        "unnest($2) as cut_off, unnest($1) || unnest($3) as lead_id, "
        "unnest($4) as total_points, unnest($5) as score, unnest($6) as has_succeeded",
        columns,
    )
    for table in ("cut_offs", "cut_off_leads", "cut_off_outcomes"):
        warehouse.execute(f"delete from judged.{table}")
    warehouse.execute(
        "insert into judged.cut_offs by name select distinct target, cut_off, "
        "date '2026-08-01' as judged_on, true as is_finished, $1 as is_dated "
        "from made_up",
        [is_dated],
    )
    warehouse.execute(
        "insert into judged.cut_off_leads by name select cut_off, 'r' as ruleset, "
        "'f00d' as ruleset_fingerprint, lead_id, total_points, score from made_up"
    )
    warehouse.execute(
        "insert into judged.cut_off_outcomes by name "
        "select target, cut_off, lead_id, has_succeeded from made_up"
    )
    found = train(warehouse, [target(name, horizon_days) for name in worlds])
    return {one.row["target"]: one for one in found}


def says(found: Trained, *parts: str) -> bool:
    return all(part in found.row["reason"] for part in parts)


def in_force(warehouse: duckdb.DuckDBPyConnection) -> list[str]:
    rows = warehouse.execute(
        "select model from raw.probability_models where is_in_force"
    )
    return [model for (model,) in rows.fetchall()]


def put_in_force(warehouse: duckdb.DuckDBPyConnection, **known: object) -> None:
    row = {
        "model": "before",
        "target": "won",
        "horizon_days": 30,
        "is_first_target": True,
        "ruleset": "r",
        "ruleset_fingerprint": "f00d",
        "input": "total_points",
        "intercept": INTERCEPT,
        "slope": SLOPE,
        "var_intercept": 0.09,
        "covariance": -0.0008,
        "var_slope": 0.00001,
        "trained_on": DAYS[2],
        "is_in_force": True,
        "reason": "It held.",
        "trained_at": "2026-05-01",
    } | known
    warehouse.execute(
        f"insert into raw.probability_models ({', '.join(row)}) "
        f"values ({', '.join('?' * len(row))})",
        list(row.values()),
    )


@pytest.mark.proof
def test_calibrated_points_pass_and_intervals_hold_the_truth(warehouse):
    worlds = {f"w{seed}": crowd(seed) for seed in range(300)}
    found = trained(warehouse, worlds).values()
    passed = [one.row for one in found if one.in_force]
    assert len(passed) / len(worlds) >= 0.9
    assert len(in_force(warehouse)) == len(passed)
    for points in (-40, 0, 60, 160):
        truth, held = INTERCEPT + SLOPE * points, 0
        for row in passed:
            log_odds = row["intercept"] + row["slope"] * points
            spread = Z * math.sqrt(
                row["var_intercept"]
                + 2 * row["covariance"] * points
                + row["var_slope"] * points**2
            )
            held += abs(log_odds - truth) <= spread
        assert 0.93 <= held / len(passed) <= 0.97, (points, held)


@pytest.mark.parametrize(
    "later",
    [
        lambda points: chance(points) / 4,
        lambda points: chance(points) * (points < 60),  # the best bands have none
    ],
)
def test_what_does_not_hold_later_is_refused_with_the_band_that_shows_it(
    warehouse, later
):
    def drifting(day: date, points: float) -> float:
        return chance(points) if day < DAYS[2] else later(points)

    found = trained(warehouse, {"won": crowd(1, 2000, drifting)})["won"]
    assert found.in_force is None
    assert in_force(warehouse) == []
    assert says(found, "did not hold at the later ones: of", "were to succeed")
    assert not all(band.holds for band in found.bands)
    without = [band.holds for band in found.bands if not band.observed.value]
    assert bool(without) is (later(160) == 0)
    assert not any(without)
    assert found.row.get("intercept") is None


def test_points_that_tell_nothing_are_refused(warehouse):
    worlds = {
        "falling": crowd(2, 2000, lambda _, points: chance(-points)),
        "parted": crowd(3, 400, lambda _, points: float(points > 60)),
    }
    for found in trained(warehouse, worlds).values():
        assert says(found, "no curve fits")
    assert in_force(warehouse) == []


def test_of_few_it_says_how_many_more_it_takes(warehouse):
    leads = [
        *((DAYS[0], f"e{n}", float(n), 0.0, n >= 50) for n in range(62)),
        *((DAYS[3], f"l{n}", float(n), 0.0, n >= 50) for n in range(57)),
        # Who is there again is no further one.
        *((DAYS[1], f"e{n}", float(n), 0.0, n >= 50) for n in range(62)),
    ]
    found = trained(warehouse, {"won": leads})["won"]
    assert found.in_force is None
    assert found.row["reason"] == (
        "Too few to say: 12 leads succeeded at the earlier cut-offs and 7 at the later "
        "ones, which begin when the 30 days of the earlier have ended. It takes 20 and "
        "10: 11 more."
    )
    one_day = [lead for lead in leads if lead[0] == DAYS[0]]
    assert says(trained(warehouse, {"won": one_day})["won"], "18 more")
    assert in_force(warehouse) == []


def monthly(seed: int, misleading: set[date]) -> list[Lead]:
    """People of six months' ends, who at some do the better the fewer their points."""
    rng = random.Random(seed)
    leads = []
    for number in range(6000):
        day, points = rng.choice([*DAYS, MAY, JUNE]), rng.randint(-40, 160)
        odds = chance(120 - points if day in misleading else points)
        leads.append((day, f"{number}", float(points), 0.0, rng.random() < odds))
    return leads


@pytest.mark.parametrize("horizon_days", [89, 150])
def test_cut_offs_whose_days_had_not_ended_are_on_neither_side(warehouse, horizon_days):
    worlds = {"won": monthly(9, {DAYS[3], MAY})}
    found = trained(warehouse, worlds, horizon_days=horizon_days)["won"]
    assert found.in_force is not None
    # With 89 days, later successes are half of those used from May on, a fourth here.
    assert says(found, f"held from {JUNE} on")
    leads = sum(day == JUNE for day, *_ in worlds["won"])
    assert sum(band.leads for band in found.bands) == leads


def test_too_few_remain_where_no_days_have_ended_before_others(warehouse):
    worlds = {"won": monthly(9, set())}
    found = trained(warehouse, worlds, horizon_days=151)["won"]
    assert found.in_force is None
    assert says(found, "and 0 at the later ones, which begin when the 151 days of the")
    assert says(found, "It takes 20 and 10: 10 more.")


def test_without_days_nothing_is_foretold(warehouse):
    found = trained(warehouse, {"won": crowd(4)}, is_dated=False)["won"]
    assert says(found, "Nobody knows when leads succeeded")
    assert in_force(warehouse) == []


def blurred(seed: int) -> list[Lead]:
    """People whose score says more than their points do, but only later."""
    rng = random.Random(seed)
    leads = []
    for number in range(3000):
        day, score = rng.choice(DAYS), rng.uniform(0, 100)
        points = score + rng.gauss(0, 40)
        won = rng.random() < chance(score, -6, 0.08)
        leads.append((day, f"{number}", points, score if day == DAYS[3] else 50.0, won))
    return leads


@pytest.mark.parametrize("trained_on", [DAYS[0], DAYS[2]])
def test_a_successor_that_foretells_worse_does_not_replace(warehouse, trained_on):
    leads = blurred(5)
    by_score = {"input": "score", "intercept": -6, "slope": 0.08}
    put_in_force(warehouse, trained_on=trained_on, **by_score)
    found = trained(warehouse, {"won": leads})["won"]
    assert found.in_force == "before"
    assert in_force(warehouse) == ["before"]
    assert says(found, "worse than the one before, which stays")
    rows = "select count(*) from raw.probability_models"
    assert warehouse.execute(rows).fetchone() == (2,)


def test_a_model_that_has_seen_all_cut_offs_gives_way(warehouse):
    by_score = {"input": "score", "intercept": -6, "slope": 0.08}
    put_in_force(warehouse, trained_on=DAYS[3], **by_score)
    found = trained(warehouse, {"won": blurred(5)})["won"]
    assert found.in_force == found.row["model"]
    assert in_force(warehouse) == [found.in_force]


def test_a_model_that_stays_takes_the_order_of_the_targets_of_today(warehouse):
    put_in_force(warehouse, input="score", intercept=-6, slope=0.08)
    trained(warehouse, {"converted": crowd(6, 2000), "won": blurred(5)})
    assert "before" in in_force(warehouse)
    firsts = "select target from raw.probability_models where is_first_target"
    assert warehouse.execute(firsts).fetchall() == [("converted",)]


@pytest.mark.parametrize(
    "before",
    [
        {"intercept": INTERCEPT + 1.5},  # it foretells worse
        {"ruleset_fingerprint": "other", "intercept": 0, "slope": 0.5},
        {"horizon_days": 90},
        {"target": "gone"},
    ],
)
def test_a_successor_takes_the_place_of_any_other(warehouse, before):
    put_in_force(warehouse, **before)
    found = trained(warehouse, {"won": crowd(6, 2000)})["won"]
    assert found.in_force == found.row["model"]
    assert in_force(warehouse) == [found.in_force]


def test_the_same_data_make_the_same_model(warehouse):
    worlds = {"won": crowd(7)}
    one, another = (trained(warehouse, worlds)["won"] for _ in range(2))
    assert one.in_force is not None
    assert another.in_force == one.in_force
    assert in_force(warehouse) == [one.in_force]


def test_what_no_longer_holds_is_in_force_no_longer(warehouse):
    put_in_force(warehouse)
    odds = {day: 1.0 if day < DAYS[2] else 0.25 for day in DAYS}
    leads = crowd(8, 2000, lambda day, points: chance(points) * odds[day])
    assert trained(warehouse, {"won": leads})["won"].bands
    assert in_force(warehouse) == []


# ---- what is made of it


FOUR = (("ann", -40.5), ("bob", 0), ("cem", 120), ("dee", 1))


def built(warehouse: duckdb.DuckDBPyConnection, model: str, fingerprint: str) -> str:
    """The table of a model over four leads, the last of which is excluded."""

    def given(table: str) -> str | None:
        if table == "scoring.lead_results":
            return (
                f"select lead_id, 'r' as ruleset, '{fingerprint}' as "
                f"ruleset_fingerprint, date '2026-08-01' as valid_to, "
                f"points::decimal(18, 4) as total_points, "
                f"greatest(points / 2, 0)::decimal(5, 2) as score, "
                f"lead_id = 'dee' as is_excluded "
                f"from (values {', '.join(map(str, FOUR))}) as leads (lead_id, points)"
            )
        return None

    warehouse.execute("drop schema if exists scoring cascade")
    warehouse.execute("drop table if exists marts.lead_score_probabilities")
    warehouse.execute("drop schema if exists staging cascade")
    run = {"as_of_date": date(2026, 8, 1)}
    return Elsewhere(warehouse, given, run).build(model)


def scored(
    warehouse: duckdb.DuckDBPyConnection, fingerprint: str
) -> list[tuple[object, ...]]:
    table = built(warehouse, "lead_score_probabilities", fingerprint)
    return warehouse.execute(
        f"select lead_id, probability, low, high from {table} order by lead_id"
    ).fetchall()


@pytest.mark.parametrize("points", ["total_points", "score"])
def test_the_tables_probabilities_are_those_of_the_formula(warehouse, points):
    put_in_force(warehouse, input=points)
    rows = scored(warehouse, "f00d")
    assert [row[0] for row in rows] == ["ann", "bob", "cem"]
    values = (-40.5, 0, 120) if points == "total_points" else (0, 0, 60)
    for (_, *found), value in zip(rows, values, strict=True):
        spread = Z * math.sqrt(0.09 - 2 * 0.0008 * value + 0.00001 * value**2)
        assert found == pytest.approx(
            [chance(value, INTERCEPT + by) for by in (0, -spread, spread)]
        )


def test_two_first_targets_do_not_double_the_leads(warehouse):
    put_in_force(warehouse)
    put_in_force(warehouse, model="other", target="converted", intercept=0)
    ranks = built(warehouse, "lead_ranks", "f00d")
    rows = warehouse.execute(f"select lead_id, probability from {ranks} order by all")
    assert rows.fetchall() == [
        *((lead, pytest.approx(chance(points, 0))) for lead, points in FOUR[:3]),
        ("dee", None),
    ]


def test_a_changed_rule_empties_the_table_and_the_publication_says_so(warehouse):
    warehouse.execute(
        "create table mappings.targets as select null::varchar as scorecard, "
        "unnest(['won', 'converted']) as target union all select 'other', 'upsold'"
    )
    put_in_force(warehouse)
    for fingerprint, model, because in (
        ("f00d", "before", "It held."),
        ("changed", None, "The rules changed since: run `leadscore judge`."),
    ):
        assert bool(scored(warehouse, fingerprint)) is bool(model)
        warehouse.execute(
            "create or replace table marts.lead_scores_all as "
            "select 'r' as ruleset, ? as ruleset_fingerprint",
            [fingerprint],
        )
        found = told(warehouse)
        assert set(found) == {"won", "converted"}
        assert found["won"]["r"]["model"] == model
        assert found["won"]["r"]["because"] == because
        assert found["converted"]["r"]["because"] == (
            "Nothing was judged yet: run `leadscore judge`."
        )
