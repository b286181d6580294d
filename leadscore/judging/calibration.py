"""What rate of success each number of points has foretold so far."""

from __future__ import annotations

from itertools import pairwise

import duckdb

POINTS = """
    select
        outcomes.target, leads.ruleset,
        list(leads.total_points::double order by leads.total_points) as points,
        list(outcomes.has_succeeded::int order by leads.total_points) as successes
    from cut_off_leads as leads
    inner join cut_off_outcomes as outcomes using (cut_off, lead_id)
    where outcomes.has_succeeded is not null
    group by outcomes.target, leads.ruleset
"""


def calibrate(connection: duckdb.DuckDBPyConnection) -> None:
    """Fill the table calibrations: steps that never fall as points rise.

    Isotonic regression by pooled adjacent violators (Zadrozny and Elkan 2002,
    "Transforming classifier scores into accurate multiclass probability estimates").
    It is fitted to the leads that it is asked of: so what differs from it differs from
    the best that the order of the points can say.

    Args:
        connection: Where the tables of the cut-offs are.
    """
    from sklearn.isotonic import IsotonicRegression

    for target, ruleset, points, successes in connection.execute(POINTS).fetchall():
        rates = IsotonicRegression().fit_transform(points, successes)
        steps = dict(zip(reversed(rates.tolist()), reversed(points), strict=True))
        starts = sorted(steps.items())
        bounds = [-float("inf"), *(point for _, point in starts[1:]), float("inf")]
        connection.executemany(
            "insert into calibrations values (?, ?, ?, ?, ?)",
            [
                [target, ruleset, low, high, rate]
                for (rate, _), (low, high) in zip(starts, pairwise(bounds), strict=True)
            ],
        )
