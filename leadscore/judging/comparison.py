"""What a change of rulesets would have done: their AUC, their best leads, their MQLs.

The tables are cut_off_leads, whose rulesets are `before` and `after` and have the same
leads, and cut_off_outcomes. All intervals count a person once, whatever the cut-offs
(Binder 1983, "On the variances of asymptotically normal estimators from complex
surveys"), and all differences are paired: the same leads under both rulesets.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import duckdb

from leadscore.judging.auc import auc, auc_difference
from leadscore.judging.estimate import TOO_FEW, Estimate, of_difference, of_share

BETTER, NO_DIFFERENCE, WORSE = "better", "no difference", "worse"

# Below so many people who succeeded, or who did not, intervals of differences hold the
# truth less often than they claim.
FEWEST_PEOPLE = 20

# Of the best of both, on average, so many must succeed, and so many not: else nothing
# is said of the difference.
FEWEST_OF_BEST = 5

# A difference of AUC that nobody would notice.
NOTICEABLE = 0.01

# `{of}` says of which.
LEADS = """
    leads as (
        select
            outcomes.target, leads.ruleset as side, cut_off, lead_id,
            leads.total_points, leads.grade, leads.is_mql, outcomes.has_succeeded,
            outcomes.has_succeeded::int as success
        from cut_off_leads as leads
        inner join cut_off_outcomes as outcomes using (cut_off, lead_id)
        where outcomes.has_succeeded is not null and {of}
    )
"""

# A row a target. The best are as many leads by points as `before` makes MQLs that day,
# or the best tenth where it never makes one. Where the last of them has equals, each
# of these counts in part.
BEST = f"""
    with {LEADS},
    volumes as (
        select
            target, cut_off,
            if(
                sum(count_if(is_mql)) over (partition by target) > 0,
                count_if(is_mql), count(*) / 10
            ) as volume
        from leads where side = 'before' group by target, cut_off
    ),
    placed as (
        select
            *,
            rank() over (
                partition by target, side, cut_off order by total_points desc
            ) - 1 as above,
            count(*) over (
                partition by target, side, cut_off, total_points
            ) as equals
        from leads
    ),
    shared as (
        select
            target, side, lead_id, success,
            greatest(0, least(1, (volume - above) / equals)) as share
        from placed inner join volumes using (target, cut_off)
    ),
    totals as (
        select
            target, count(*) / 2 as leads, avg(success) as base_rate,
            least(
                count(distinct lead_id) filter (success = 1),
                count(distinct lead_id) filter (success = 0)
            ) as people,
            sum(share) filter (side = 'before') as volume,
            sum(share * success) filter (side = 'before') / volume as rate_before,
            sum(share * success) filter (side = 'after') / volume as rate_after
        from shared group by target
    ),
    -- What each person adds to the errors.
    parts as (
        select
            target, lead_id,
            sum(share * (success - rate_before) / volume)
                filter (side = 'before') as of_before,
            sum(share * (success - rate_after) / volume)
                filter (side = 'after') as of_after,
            sum((success - base_rate) / 2 / leads) as of_base
        from shared inner join totals using (target)
        group by target, lead_id
    )
    select
        target, people, volume, base_rate, rate_before, rate_after,
        sqrt(sum(pow(of_before, 2))) as error_before,
        sqrt(sum(pow(of_after, 2))) as error_after,
        sqrt(sum(pow(of_after - of_before, 2))) as error_of_difference,
        sqrt(sum(pow(
            of_after - of_before - (rate_after - rate_before) / base_rate * of_base, 2
        ))) / base_rate as error_of_lift
    from parts inner join totals using (target)
    group by target, people, volume, base_rate, rate_before, rate_after
"""
COUNTS = f"""
    with {LEADS}
    select
        count(*), count(*) filter (has_succeeded),
        count(distinct lead_id) filter (has_succeeded),
        count(distinct lead_id) filter (not has_succeeded)
    from leads where side = 'before'
"""
CHANGES = f"""
    with {LEADS},
    changed as (
        select
            cut_off, lead_id, any_value(has_succeeded) as has_succeeded,
            bool_or(is_mql and side = 'after') as is_won
        from leads
        group by cut_off, lead_id
        having count_if(is_mql) = 1
    )
    select
        count(*) filter (is_won), count(*) filter (is_won and has_succeeded),
        count(*) filter (not is_won), count(*) filter (not is_won and has_succeeded)
    from changed
"""
GRADES = f"""
    with {LEADS}
    select
        grade,
        count(*) filter (side = 'before') as before,
        count(*) filter (side = 'before' and has_succeeded) as successes_before,
        count(*) filter (side = 'after') as after,
        count(*) filter (side = 'after' and has_succeeded) as successes_after
    from leads where is_mql group by grade
"""
OF_TARGET = "outcomes.target = $target"


@dataclass(frozen=True)
class Best:
    """How often the best leads of both rulesets succeeded, as many of each.

    Attributes:
        volume: How many.
        base_rate: The share of all leads that succeeded.
        before: Of the best before, the share that succeeded (precision).
        after: Of the best after.
        difference: How much more; None if too few of them succeeded, or did not.
        lift_difference: The same in multiples of the base rate.
    """

    volume: float
    base_rate: float
    before: Estimate
    after: Estimate
    difference: Estimate | None
    lift_difference: Estimate | None


@dataclass(frozen=True)
class Comparison:
    """What a change of rulesets would have done.

    Attributes:
        leads: How many leads, each counted at every cut-off.
        successes: How many of these succeeded within the horizon.
        people: How many different leads succeeded.
        others: How many different leads did not.
        auc_before: The AUC before; None, as all below, if all succeeded, or none did.
        auc_after: The AUC after.
        auc_difference: How much more.
        best: What became of the best leads.
        won: MQLs that the change brings, and how many of these succeeded.
        lost: MQLs that it takes, and how many of these succeeded.
        grades: MQLs by grade: how many before, how many of these succeeded, and after.
    """

    leads: int
    successes: int
    people: int
    others: int
    auc_before: Estimate | None
    auc_after: Estimate | None
    auc_difference: Estimate | None
    best: Best | None
    won: tuple[int, int]
    lost: tuple[int, int]
    grades: list[tuple[Any, ...]]

    @property
    def verdict(self) -> str:
        """What the differences of AUC and of precision say together.

        - too few to say: fewer than FEWEST_PEOPLE succeeded, or did not.
        - worse: the interval of one lies wholly below 0.
        - better: that of the AUC lies wholly above 0, and the precision is not lower;
          or that of the precision does, and the AUC is not lower by NOTICEABLE, not
          even at the lower end. Points at random are seldom so (tests say how often).
        - no difference: that of the AUC lies within NOTICEABLE of 0.
        - else, too few to say.
        """
        area, best = self.auc_difference, self.best
        if min(self.people, self.others) < FEWEST_PEOPLE or not area or not best:
            return TOO_FEW
        change = best.difference
        if area.high < 0 or (change and change.high < 0):
            return WORSE
        if area.low > 0 and best.after.value >= best.before.value:
            return BETTER
        if change and change.low > 0 and area.low >= -NOTICEABLE:
            return BETTER
        if area.low >= -NOTICEABLE and area.high <= NOTICEABLE:
            return NO_DIFFERENCE
        return TOO_FEW

    @property
    def wanting(self) -> int:
        """About how many people more must succeed until something can be said; 0: none.

        Intervals become narrower by the root of how many succeeded: the AUC's is to
        leave out 0, or to lie within NOTICEABLE of it, whichever is sooner.
        """
        if self.verdict != TOO_FEW:
            return 0
        needed = FEWEST_PEOPLE
        if self.people >= FEWEST_PEOPLE and self.auc_difference:
            change, low = self.auc_difference.value, self.auc_difference.low
            room = max(abs(change), NOTICEABLE - abs(change))
            needed = math.ceil(self.people * ((change - low) / room) ** 2)
        return max(needed - self.people, 1)


def compare(connection: duckdb.DuckDBPyConnection, target: str) -> Comparison:
    """Return what the change from `before` to `after` would have done, by a target."""
    parameters = {"target": target}

    def fetched(query: str) -> tuple[Any, ...]:
        query = query.format(of=OF_TARGET)
        return connection.execute(query, parameters).fetchone() or ()

    leads, successes, people, others = fetched(COUNTS)
    best = fetched(BEST)
    won, won_successes, lost, lost_successes = fetched(CHANGES)
    return Comparison(
        leads,
        successes,
        people,
        others,
        auc(connection, target, "before"),
        auc(connection, target, "after"),
        auc_difference(connection, target, "before", "after"),
        _best(*best) if best else None,
        (won, won_successes),
        (lost, lost_successes),
        connection.execute(GRADES.format(of=OF_TARGET), parameters).fetchall(),
    )


def _best(
    _: str,
    people: int,
    volume: float | None,
    base_rate: float,
    rate_before: float,
    rate_after: float,
    error_before: float,
    error_after: float,
    error_of_difference: float,
    error_of_lift: float,
) -> Best | None:
    if not volume or not base_rate:
        return None
    found: list[Estimate | None] = [None, None]
    successes = volume * (rate_before + rate_after)
    if min(successes, 2 * volume - successes) >= 2 * FEWEST_OF_BEST:
        change = rate_after - rate_before
        found = [
            of_difference(change, error_of_difference, people),
            of_difference(change / base_rate, error_of_lift, people, most=math.inf),
        ]
    return Best(
        volume,
        base_rate,
        of_share(rate_before, error_before),
        of_share(rate_after, error_after),
        *found,
    )
