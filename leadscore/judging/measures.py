"""What scored leads say of scores and rules, each with an interval of 95 %.

A person who is there at several cut-offs is one person: all intervals add up what each
contributes before they square it (Binder 1983, "On the variances of asymptotically
normal estimators from complex surveys"), so that repeated looks at the same people do
not make them narrower.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import duckdb

Z = 1.959964  # of a normal distribution: 95 % lie within so many deviations

# Below so many successes, or expected ones, nothing is said of a group.
FEWEST_SUCCESSES = 5

# Pairs are compared within a cut-off. Each success is worth the share of failures that
# it outranks, each failure the share of successes that outrank it.
AUC = """
    with leads as (
        select * from cut_off_leads where ruleset = $ruleset
    ),
    ranked as (
        select
            cut_off, lead_id, has_succeeded,
            rank() over of_all
            + (count(*) over of_all_equal - 1) / 2.0 as place,
            rank() over of_kind
            + (count(*) over of_kind_equal - 1) / 2.0 as place_in_kind,
            count(*) filter (has_succeeded) over of_day as successes,
            count(*) filter (not has_succeeded) over of_day as failures
        from leads
        window
            of_day as (partition by cut_off),
            of_all as (partition by cut_off order by total_points),
            of_all_equal as (partition by cut_off, total_points),
            of_kind as (
                partition by cut_off, has_succeeded order by total_points
            ),
            of_kind_equal as (partition by cut_off, has_succeeded, total_points)
    ),
    outranked as (
        select
            *,
            if(
                has_succeeded,
                (place - place_in_kind) / failures,
                1 - (place - place_in_kind) / successes
            ) as share
        from ranked
        where successes > 0 and failures > 0
    ),
    by_day as (
        select cut_off, avg(share) filter (has_succeeded) as auc
        from outranked group by cut_off
    ),
    total as (
        select
            avg(share) filter (has_succeeded) as auc,
            count(*) filter (has_succeeded) as successes
        from outranked
    ),
    of_people as (
        select
            outranked.lead_id,
            sum(
                (outranked.share - by_day.auc)
                / if(
                    outranked.has_succeeded, total.successes,
                    outranked.failures * total.successes / outranked.successes
                )
            ) as part
        from outranked
        inner join by_day using (cut_off)
        cross join total
        group by outranked.lead_id
    )
    select any_value(total.auc), sqrt(sum(part * part))
    from of_people cross join total
"""

# How often the leads of a group succeeded, beside all leads: `grouped` says which these
# are, cut-off by cut-off.
GROUPS = """
    with leads as (
        select * from cut_off_leads where ruleset = $ruleset
    ),
    grouped as ({grouped}),
    total as (
        select count(*) as leads, count_if(has_succeeded) as successes from leads
    ),
    of_people as (
        select lead_id, count(*) as leads, count_if(has_succeeded) as successes
        from leads group by lead_id
    ),
    of_people_in_groups as (
        select
            grouped.name, lead_id, count(*) as leads,
            count_if(leads.has_succeeded) as successes
        from grouped inner join leads using (cut_off, lead_id)
        group by grouped.name, lead_id
    ),
    groups as (
        select
            name, sum(leads) as leads, sum(successes) as successes,
            count(*) as people
        from of_people_in_groups group by name
    ),
    -- What each person adds to the rate of the group, and to the lift's logarithm.
    parts as (
        select
            groups.name,
            coalesce(inside.successes, 0)
            - groups.successes / groups.leads * coalesce(inside.leads, 0) as of_rate,
            of_people.successes
            - total.successes / total.leads * of_people.leads as of_base
        from groups
        cross join of_people
        cross join total
        left join of_people_in_groups as inside
            on groups.name = inside.name and of_people.lead_id = inside.lead_id
    )
    select
        groups.name, groups.people, groups.leads, groups.successes,
        total.successes / total.leads as base_rate,
        sqrt(sum(pow(of_rate, 2))) / groups.leads as error_of_rate,
        sqrt(sum(pow(
            of_rate / nullif(groups.successes, 0)
            - of_base / nullif(total.successes, 0), 2
        ))) as error_of_log_lift
    from parts
    inner join groups using (name)
    cross join total
    group by
        groups.name, groups.people, groups.leads, groups.successes, total.leads,
        total.successes
"""
BANDS = {
    "grade": "select cut_off, lead_id, grade as name from leads",
    "level": "select cut_off, lead_id, engagement_level as name from leads",
    "tenth by points": """
        select
            cut_off, lead_id,
            ntile(10) over (
                partition by cut_off order by total_points desc, lead_id
            ) as name
        from leads
    """,
}
RULES = """
    select cut_off, lead_id, rule_id as name
    from cut_off_factors where ruleset = $ruleset
"""


@dataclass(frozen=True)
class Estimate:
    """A number with its interval of 95 %."""

    value: float
    low: float
    high: float


@dataclass(frozen=True)
class Group:
    """How often the leads of a band, or those that a rule held for, succeeded.

    Attributes:
        name: The band or the rule.
        people: How many different leads.
        leads: How many, each counted at every cut-off.
        successes: How many of these succeeded within the horizon.
        base_rate: The share of all leads that succeeded.
        rate: The share that succeeded.
        lift: The rate divided by the base rate; None if nobody succeeded at all.
    """

    name: Any
    people: int
    leads: int
    successes: int
    base_rate: float
    rate: Estimate
    lift: Estimate | None

    @property
    def wanting(self) -> int:
        """How many leads more it takes until anything can be said; 0: none."""
        expected = self.leads * self.base_rate
        if max(self.successes, expected) >= FEWEST_SUCCESSES or not self.base_rate:
            return 0
        return math.ceil((FEWEST_SUCCESSES - expected) / self.base_rate)


def auc(connection: duckdb.DuckDBPyConnection, ruleset: str) -> Estimate | None:
    """Return how often a lead that succeeded had more points than one that did not.

    The area under the ROC curve, pairs of the same cut-off compared and equal points
    counted as half; its interval is that of Obuchowski (1997, "Nonparametric analysis
    of clustered ROC curve data"), on the scale of log odds. None if nobody succeeded,
    or everybody did.
    """
    row = connection.execute(AUC, {"ruleset": ruleset}).fetchone()
    if row is None or row[0] is None:
        return None
    value, error = row
    if not 0 < value < 1 or error is None:
        return Estimate(value, 0, 1)
    spread = Z * error / (value * (1 - value))
    odds = value / (1 - value)
    return Estimate(value, *(_share(odds * math.exp(s)) for s in (-spread, spread)))


def bands(
    connection: duckdb.DuckDBPyConnection, ruleset: str, band: str
) -> list[Group]:
    """Return how often leads of each band succeeded; `band` is one of BANDS."""
    return _groups(connection, ruleset, BANDS[band])


def rules(connection: duckdb.DuckDBPyConnection, ruleset: str) -> list[Group]:
    """Return how often the leads that each rule held for succeeded."""
    return _groups(connection, ruleset, RULES)


def _groups(
    connection: duckdb.DuckDBPyConnection, ruleset: str, grouped: str
) -> list[Group]:
    rows = connection.execute(GROUPS.format(grouped=grouped), {"ruleset": ruleset})
    return [_group(*row) for row in rows.fetchall()]


def _group(
    name: Any,
    people: int,
    leads: int,
    successes: int,
    base_rate: float,
    error_of_rate: float,
    error_of_log_lift: float | None,
) -> Group:
    """Return a group with intervals: of the rate on the scale of log odds.

    Where none or all succeeded, the exact bound for as many independent people (Clopper
    and Pearson 1934).
    """
    rate = successes / leads
    bound = 0.025 ** (1 / people)
    if successes == 0:
        estimate = Estimate(rate, 0, 1 - bound)
    elif successes == leads:
        estimate = Estimate(rate, bound, 1)
    else:
        spread = Z * error_of_rate / (rate * (1 - rate))
        odds = rate / (1 - rate)
        low, high = (_share(odds * math.exp(s)) for s in (-spread, spread))
        estimate = Estimate(rate, low, high)
    lift = None
    if base_rate and not successes:
        lift = Estimate(0, 0, estimate.high / base_rate)
    elif base_rate and error_of_log_lift is not None:
        ratio, spread = rate / base_rate, Z * error_of_log_lift
        lift = Estimate(ratio, ratio * math.exp(-spread), ratio * math.exp(spread))
    return Group(name, people, int(leads), int(successes), base_rate, estimate, lift)


def _share(odds: float) -> float:
    return odds / (1 + odds)
