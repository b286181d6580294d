"""How probable success is at so many points: the points of a ruleset, calibrated.

For each target and ruleset one curve, log odds = intercept + slope x points, is fitted
to the leads of all cut-offs (logistic calibration: Platt 1999, "Probabilistic outputs
for support vector machines"). It is put in force if one fitted to the earlier cut-offs
alone, whose horizons had ended by then, foretold the later ones. Its numbers are a row
of raw.probability_models; the probabilities themselves are worked out in SQL, by
lead_score_probabilities.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from statistics import NormalDist
from typing import Any, cast

import duckdb

from leadscore.dbt_runner import hash_of
from leadscore.errors import counted
from leadscore.judging.estimate import Estimate, of_difference, of_share
from leadscore.judging.targets import Target
from leadscore.warehouse import fetch_one

# So many different leads must have succeeded at the earlier cut-offs, and at the later.
FEWEST_EARLIER, FEWEST_LATER = 20, 10
LATER_SHARE = 1 / 3  # of the successes

MOST_BANDS = 5
FEWEST_IN_BAND = 5  # successes, expected or observed
ERROR_RATE = 0.05

INPUTS = ("total_points", "score")

RULESETS = """
    select
        leads.ruleset, rulesets.scorecard, leads.ruleset_fingerprint
    from (
        select distinct ruleset, ruleset_fingerprint from judged.cut_off_leads
    ) as leads
    inner join rules.rulesets as rulesets using (ruleset)
    order by leads.ruleset
"""
CUT_OFFS = """
    select target, bool_and(is_dated), max(judged_on)
    from judged.cut_offs where is_finished group by target
"""
LEADS = """
    create or replace temp table leads_judged as
    select
        cut_off, lead_id, leads.total_points::double as total_points,
        leads.score::double as score, outcomes.has_succeeded::int as success,
        null::boolean as is_later  -- null: on neither side
    from judged.cut_off_leads as leads
    inner join judged.cut_off_outcomes as outcomes using (cut_off, lead_id)
    where
        outcomes.has_succeeded is not null
        and outcomes.target = $target and leads.ruleset = $ruleset
"""
BY_DAY = """
    select cut_off, count(*), sum(success) from leads_judged group by cut_off order by 1
"""
# The best day to part later cut-offs from earlier ones, whose horizons have ended then.
# Where none will do, a day after all horizons may: the later ones are still to come.
SPLIT = """
    with days as (
        select distinct cut_off as later_from from leads_judged
        union
        select max(cut_off) + $horizon_days from leads_judged
    ),
    sides as (
        select later_from, lead_id, cut_off >= later_from as is_later
        from days
        inner join leads_judged
            on cut_off >= later_from or cut_off + $horizon_days <= later_from
        where success = 1
    ),
    splits as (
        select
            later_from, avg(is_later::int) as later_share,
            count(distinct lead_id) filter (not is_later) as earlier,
            count(distinct lead_id) filter (is_later) as later
        from sides group by later_from
    )
    select
        later_from, earlier, later,
        greatest(0, $fewest_earlier - earlier)
        + greatest(0, $fewest_later - later) as wanting
    from splits order by wanting, abs(later_share - $later_share), later_from limit 1
"""
MARK = """
    update leads_judged set is_later = case
        when cut_off >= $later_from then true
        when cut_off + $horizon_days <= $later_from then false
    end
"""
COUNTS = """
    select {points}, count(*), sum(success) from leads_judged where {of}
    group by {points} order by {points}
"""
# What a curve's errors are made of: the information, and what each person contributes.
SUMS = """
    with leads as (
        select lead_id, {points} as points, success, {probability} as probability
        from leads_judged
    ),
    information as (
        select
            sum(probability * (1 - probability)) as one,
            sum(probability * (1 - probability) * points) as both_ways,
            sum(probability * (1 - probability) * points * points) as other
        from leads
    ),
    people as (
        select
            sum(success - probability) as one,
            sum((success - probability) * points) as other
        from leads group by lead_id
    )
    select
        any_value(information.one), any_value(information.both_ways),
        any_value(information.other), sum(people.one * people.one),
        sum(people.one * people.other), sum(people.other * people.other), count(*)
    from people, information
"""
BANDS = """
    with banded as (
        select
            lead_id, success, {probability} as probability,
            len(list_filter($starts, lambda start: start <= {points})) as band
        from leads_judged where is_later
    ),
    totals as (
        select
            band, avg(probability) as predicted, count(*) as leads,
            sum(success) as successes, count(distinct lead_id) as people
        from banded group by band
    ),
    parts as (
        select
            band, lead_id,
            sum(success - successes / leads) / any_value(leads) as part
        from banded inner join totals using (band) group by band, lead_id
    )
    select
        predicted, leads, successes, people,
        sqrt(sum(part * part) * people / nullif(people - 1, 0))
    from totals inner join parts using (band)
    group by band, predicted, leads, successes, people
    order by band
"""
BRIERS = """
    select
        avg(pow({probability} - success, 2)) as brier,
        avg(pow(
            (select avg(success) from leads_judged where not is_later) - success, 2
        )) as brier_of_base_rate
    from leads_judged where is_later
"""
# By how much the Brier score of a curve is above that of the one before, of cut-offs
# that neither was fitted to.
DIFFERENCE = """
    with leads as (
        select
            lead_id, success,
            pow({probability} - success, 2) - pow({before} - success, 2) as more
        from leads_judged where is_later and cut_off > $trained_on
    ),
    total as (
        select
            count(*) as leads, avg(more) as difference,
            least(
                count(distinct lead_id) filter (success = 1),
                count(distinct lead_id) filter (success = 0)
            ) as people
        from leads
    ),
    parts as (
        select lead_id, sum(more - difference) / any_value(total.leads) as part
        from leads, total group by lead_id
    )
    select
        any_value(difference), sqrt(sum(part * part)), any_value(people)
    from parts, total having count(*) > 0
"""
IN_FORCE = """
    from raw.probability_models
    where
        is_in_force and target = ? and ruleset = ? and ruleset_fingerprint = ?
        and horizon_days = ?
"""

# What the id of a model depends on, beside what it says.
IDENTITY = (
    *("horizon_days", "is_first_target", "ruleset_fingerprint", "trained_on"),
    *("leads", "successes", "input", "intercept", "slope", "reason"),
)

NO_CURVE = (
    "More points do not go with more success, or no lead that succeeded has as few as "
    "one that did not (then look whether a rule prices the outcome): no curve fits."
)
NOT_DATED = (
    "Nobody knows when leads succeeded: so what is foretold could not be tested on "
    "later days."
)


@dataclass(frozen=True)
class Curve:
    """Log odds = intercept + slope x points.

    Attributes:
        points: Which: one of INPUTS.
        intercept: The log odds at 0 points.
        slope: By how much they rise with each.
    """

    points: str
    intercept: float
    slope: float

    @property
    def sql(self) -> str:
        """The probability, by the column of the points."""
        log_odds = f"{self.intercept!r} + {self.slope!r} * {self.points}"
        return f"(1 / (1 + exp(-({log_odds}))))"


@dataclass(frozen=True)
class Band:
    """Leads of later cut-offs of which about the same was foretold.

    Attributes:
        predicted: The mean of the probabilities foretold.
        leads: How many leads, each counted at every cut-off.
        observed: The share that succeeded. Of all bands together the intervals are of
            95 %.
    """

    predicted: float
    leads: int
    observed: Estimate

    @property
    def holds(self) -> bool:
        """Whether what was foretold lies in the interval of what happened."""
        return self.observed.low <= self.predicted <= self.observed.high


@dataclass
class Trained:
    """What was found of one target and ruleset.

    Attributes:
        row: The row of raw.probability_models.
        in_force: The model in force now; None: none.
        bands: What was foretold of later cut-offs, and what happened.
    """

    row: dict[str, Any]
    in_force: str | None = None
    bands: list[Band] = field(default_factory=list)


def train(
    connection: duckdb.DuckDBPyConnection, targets: list[Target]
) -> list[Trained]:
    """Fit a model for every target and ruleset that was judged, and put it in force.

    One that does not foretell later cut-offs is kept as a row that says why, and none
    is in force then. A model in force for the same rules gives way unless the new one
    foretells cut-offs that neither has seen worse, beyond chance.

    Args:
        connection: The warehouse, whose schema judged holds all months' ends.
        targets: All targets, in the order of targets.csv.
    """
    connection.begin()
    found = [_trained(connection, pair) for pair in _pairs(connection, targets)]
    in_force = [one.in_force for one in found if one.in_force]
    for row in (one.row for one in found):
        _keep(connection, row)
        # The order of the targets is today's, for a model that stays in force too.
        connection.execute(
            "update raw.probability_models set is_first_target = $is_first_target "
            "where target = $target and ruleset = $ruleset",
            {name: row[name] for name in ("is_first_target", "target", "ruleset")},
        )
    connection.execute(
        "update raw.probability_models set is_in_force = list_contains(?, model)",
        [in_force],
    )
    connection.commit()
    return found


def _pairs(
    connection: duckdb.DuckDBPyConnection, targets: list[Target]
) -> Iterator[dict[str, Any]]:
    """Yield the target and ruleset of each row, and what else is known before."""
    rulesets = connection.execute(RULESETS).fetchall()
    cut_offs = {row[0]: row[1:] for row in connection.execute(CUT_OFFS).fetchall()}
    trained_at = datetime.now(UTC).replace(tzinfo=None)
    for ruleset, scorecard, fingerprint in rulesets:
        judging = [one for one in targets if one.scorecard in (None, scorecard)]
        for target in judging:
            if target.name in cut_offs:
                is_dated, judged_on = cut_offs[target.name]
                yield {
                    "target": target.name,
                    "horizon_days": target.horizon_days,
                    "is_first_target": target is judging[0],
                    "ruleset": ruleset,
                    "ruleset_fingerprint": fingerprint,
                    "trained_at": trained_at,
                    "is_dated": is_dated,
                    "judged_on": judged_on,
                }


def _trained(connection: duckdb.DuckDBPyConnection, pair: dict[str, Any]) -> Trained:
    is_dated, judged_on = pair.pop("is_dated"), pair.pop("judged_on")
    trained = Trained(pair)
    row = trained.row
    if is_dated:
        connection.execute(LEADS, {"target": row["target"], "ruleset": row["ruleset"]})
        row |= _size(connection)
        curve = _learn(connection, trained)
    else:
        row["reason"], curve = NOT_DATED, None
    # Of sums of floats the last digits vary from run to run.
    rounded = {
        name: round(value, 9) if isinstance(value, float) else value
        for name, value in row.items()
        if name in IDENTITY
    }
    row["model"] = "-".join(
        (row["target"], row["ruleset"], str(judged_on), hash_of(rounded)[:6])
    )
    if curve:
        trained.in_force = row["model"]
        _compare(connection, trained, curve)
    row["is_in_force"] = trained.in_force == row["model"]
    return trained


def _size(connection: duckdb.DuckDBPyConnection) -> dict[str, Any]:
    days = connection.execute(BY_DAY).fetchall()
    return {
        "trained_on": max((day for day, *_ in days), default=None),
        "cut_offs": len(days),
        "leads": sum(leads for _, leads, _ in days),
        "successes": sum(successes for *_, successes in days),
    }


def _learn(connection: duckdb.DuckDBPyConnection, trained: Trained) -> Curve | None:
    """Fit a curve, and note it in the row with the reason.

    Returns:
        The curve fitted to the earlier cut-offs; None if it does not hold.
    """
    row = trained.row
    later_from = _split(connection, row)
    if later_from is None:
        return None
    curve = _best_curve(connection)
    if curve is None:
        row["reason"] = NO_CURVE
        return None
    trained.bands = _bands(connection, curve)
    row |= fetch_one(connection, BRIERS.format(probability=curve.sql), []) or {}
    if wrong := _wrong(trained):
        row["reason"] = wrong
        return None
    of_all, _ = _fit(connection, curve.points, "true")
    if of_all is None:
        row["reason"] = NO_CURVE
        return None
    row |= {
        "input": of_all.points,
        "intercept": of_all.intercept,
        "slope": of_all.slope,
        **_covariance(connection, of_all),
        "reason": f"What the earlier cut-offs foretold held from {later_from} on: in "
        f"{_in_bands(trained.bands)}, and with a Brier score of {row['brier']:.4f}, "
        f"below the {row['brier_of_base_rate']:.4f} of the base rate.",
    }
    return curve


def _split(connection: duckdb.DuckDBPyConnection, row: dict[str, Any]) -> date | None:
    """Mark the earlier and the later cut-offs; those between are on neither side.

    Returns:
        The first of the later ones; None if there are too few, as the row then says.
    """
    horizon = {"horizon_days": row["horizon_days"]}
    wanted = {
        "fewest_earlier": FEWEST_EARLIER,
        "fewest_later": FEWEST_LATER,
        "later_share": LATER_SHARE,
    }
    found = connection.execute(SPLIT, horizon | wanted).fetchone()
    nobody = (None, 0, 0, FEWEST_EARLIER + FEWEST_LATER)
    later_from, earlier, later, wanting = found or nobody
    if wanting:
        row["reason"] = (
            f"Too few to say: {counted(earlier, 'lead')} succeeded at the earlier "
            f"cut-offs and {later} at the later ones, which begin when the "
            f"{counted(row['horizon_days'], 'day')} of the earlier have ended. It "
            f"takes {FEWEST_EARLIER} and {FEWEST_LATER}: {wanting} more."
        )
        return None
    connection.execute(MARK, horizon | {"later_from": later_from})
    return cast("date", later_from)


def _best_curve(connection: duckdb.DuckDBPyConnection) -> Curve | None:
    """Return the curve over points or score that fits the earlier cut-offs better."""
    fitted = [_fit(connection, points, "not is_later") for points in INPUTS]
    return min(fitted, key=lambda found: found[1])[0]


def _fit(
    connection: duckdb.DuckDBPyConnection, points: str, of: str
) -> tuple[Curve | None, float]:
    """Return the curve of the greatest likelihood that rises, and its log loss."""
    import numpy as np
    from sklearn.linear_model import LogisticRegression

    counts = connection.execute(COUNTS.format(points=points, of=of)).fetchall()
    values, leads, successes = np.array(counts, dtype=float).T
    won, lost = successes > 0, leads > successes
    # Where a number of points parts the two, ever steeper curves fit ever better.
    if (
        not (won.any() and lost.any())
        or values[lost].max() <= values[won].min()
        or values[won].max() <= values[lost].min()
    ):
        return None, math.inf
    model = LogisticRegression(C=np.inf, solver="newton-cholesky", tol=1e-8)
    model.fit(
        np.concatenate([values[won], values[lost]])[:, None],
        np.repeat([1, 0], [won.sum(), lost.sum()]),
        np.concatenate([successes[won], (leads - successes)[lost]]),
    )
    intercept, slope = float(model.intercept_[0]), float(model.coef_[0, 0])
    if slope <= 0:
        return None, math.inf
    log_odds = intercept + slope * values
    loss = (leads * np.logaddexp(0, log_odds) - successes * log_odds).sum()
    return Curve(points, intercept, slope), float(loss)


def _covariance(
    connection: duckdb.DuckDBPyConnection, curve: Curve
) -> dict[str, float]:
    """Return the covariance of intercept and slope, each person being one (Binder).

    It is the sandwich of Binder (1983, "On the variances of asymptotically normal
    estimators from complex surveys").
    """
    import numpy as np

    query = SUMS.format(points=curve.points, probability=curve.sql)
    *sums, people = connection.execute(query).fetchone() or ()
    bread = np.linalg.inv(np.array([sums[:2], sums[1:3]]))
    meat = np.array([sums[3:5], sums[4:6]]) * people / (people - 1)
    covariance = bread @ meat @ bread
    return {
        "var_intercept": float(covariance[0, 0]),
        "covariance": float(covariance[0, 1]),
        "var_slope": float(covariance[1, 1]),
    }


def _bands(connection: duckdb.DuckDBPyConnection, curve: Curve) -> list[Band]:
    """Return what the curve foretells of the later cut-offs beside what happened."""
    starts = _starts(connection, curve)
    rows = connection.execute(
        BANDS.format(points=curve.points, probability=curve.sql), {"starts": starts}
    ).fetchall()
    error_rate = ERROR_RATE / len(rows)  # Bonferroni
    return [
        Band(predicted, leads, _observed(leads, successes, people, error, error_rate))
        for predicted, leads, successes, people, error in rows
    ]


def _starts(connection: duckdb.DuckDBPyConnection, curve: Curve) -> list[float]:
    """Return the points at which bands begin, of about equally many expected."""
    counts = connection.execute(
        f"select {curve.points}, sum({curve.sql}), sum(success) "
        f"from leads_judged where is_later group by 1 order by 1"
    ).fetchall()
    total = sum(expected for _, expected, _ in counts)
    size = total / max(1, min(MOST_BANDS, total // FEWEST_IN_BAND))
    starts: list[float] = []
    below = in_band = successes_in_band = 0.0
    for points, expected, successes in counts:
        is_full = max(in_band, successes_in_band) >= FEWEST_IN_BAND
        if not starts or (is_full and below >= len(starts) * size):
            starts.append(points)
            in_band = successes_in_band = 0.0
        below += expected
        in_band += expected
        successes_in_band += float(successes)
    if len(starts) > 1 and max(in_band, successes_in_band) < FEWEST_IN_BAND:
        starts.pop()
    return starts


def _observed(
    leads: int, successes: int, people: int, error: float | None, error_rate: float
) -> Estimate:
    """Return a rate; where all or none succeeded as Clopper and Pearson (1934) do."""
    if 0 < successes < leads:
        deviations = NormalDist().inv_cdf(1 - error_rate / 2)
        return of_share(successes / leads, error, deviations)
    end = (error_rate / 2) ** (1 / people)
    return Estimate(1, end, 1) if successes else Estimate(0, 0, 1 - end)


def _wrong(trained: Trained) -> str | None:
    """Return how the later cut-offs differ from what was foretold, if they do."""
    for band in trained.bands:
        if not band.holds:
            low, high = 100 * band.observed.low, 100 * band.observed.high
            return (
                f"What the earlier cut-offs foretold did not hold at the later ones: "
                f"of {counted(band.leads, 'lead')} of which {band.predicted:.1%} were "
                f"to succeed, {band.observed.value:.1%} did ({low:.1f} to {high:.1f})."
            )
    brier, of_base_rate = (
        trained.row[name] for name in ("brier", "brier_of_base_rate")
    )
    if brier >= of_base_rate:
        return (
            f"The points foretell no better than the base rate does: at the later "
            f"cut-offs the Brier score is {brier:.4f}, and the base rate's "
            f"{of_base_rate:.4f}."
        )
    return None


def _in_bands(bands: list[Band]) -> str:
    return f"each of {len(bands)} bands" if len(bands) > 1 else "all leads together"


def _compare(
    connection: duckdb.DuckDBPyConnection, trained: Trained, curve: Curve
) -> None:
    """Leave the model before in force if the new one foretells worse, beyond chance.

    If there is no later cut-off that the one before has not seen, it gives way.
    """
    row = trained.row
    names = ("target", "ruleset", "ruleset_fingerprint", "horizon_days")
    before = fetch_one(connection, IN_FORCE, [row[name] for name in names])
    if before is None or before["model"] == row["model"]:
        return
    of_before = Curve(before["input"], before["intercept"], before["slope"])
    query = DIFFERENCE.format(probability=curve.sql, before=of_before.sql)
    unseen = {"trained_on": before["trained_on"]}
    found = connection.execute(query, unseen).fetchone()
    if found is None:
        return
    more = of_difference(*found)
    if more.low > 0:
        trained.in_force = before["model"]
        row["reason"] = (
            f"The new model foretells later cut-offs, which neither has seen, worse "
            f"than the one before, which stays: its Brier score is higher by "
            f"{more.value:.4f} ({more.low:.4f} to {more.high:.4f})."
        )


def _keep(connection: duckdb.DuckDBPyConnection, row: dict[str, Any]) -> None:
    """Add a row; of the same data it is there already, and the newest again."""
    known = connection.execute(
        "update raw.probability_models set trained_at = ?, reason = ? where model = ? "
        "returning model",
        [row["trained_at"], row["reason"], row["model"]],
    ).fetchall()
    if known:
        return
    columns, values = ", ".join(row), ", ".join("?" * len(row))
    connection.execute(
        f"insert into raw.probability_models ({columns}) values ({values})",
        list(row.values()),
    )
