"""How often a lead that succeeded had more points than one that did not.

The area under the ROC curve (AUC): pairs of the same cut-off are compared, and equal
points count as half. The tables cut_off_leads and cut_off_outcomes of the connection's
schema say of which leads.
"""

from __future__ import annotations

import duckdb

from leadscore.judging.estimate import Estimate, of_difference, of_share

# A row a target, ruleset, cut-off and lead; `{of}` says of which. A success has the
# share of the failures that it outranks; a failure, of the successes that outrank it.
PLACEMENTS = """
    with leads as (
        select
            outcomes.target, leads.ruleset, cut_off, lead_id, leads.total_points,
            outcomes.has_succeeded
        from cut_off_leads as leads
        inner join cut_off_outcomes as outcomes using (cut_off, lead_id)
        where outcomes.has_succeeded is not null and {of}
    ),
    ranked as (
        select
            *,
            rank() over of_all + (count(*) over of_all_equal - 1) / 2.0 as place,
            rank() over of_kind
            + (count(*) over of_kind_equal - 1) / 2.0 as place_in_kind,
            count(*) filter (has_succeeded) over of_day as successes,
            count(*) filter (not has_succeeded) over of_day as failures
        from leads
        window
            of_day as (partition by target, ruleset, cut_off),
            of_all as (
                partition by target, ruleset, cut_off order by total_points
            ),
            of_all_equal as (partition by target, ruleset, cut_off, total_points),
            of_kind as (
                partition by target, ruleset, cut_off, has_succeeded
                order by total_points
            ),
            of_kind_equal as (
                partition by target, ruleset, cut_off, has_succeeded, total_points
            )
    )
    select
        target, ruleset, cut_off, lead_id, has_succeeded, successes, failures,
        if(
            has_succeeded,
            (place - place_in_kind) / failures,
            1 - (place - place_in_kind) / successes
        ) as share
    from ranked
    where successes > 0 and failures > 0
"""

# A row a target, ruleset and person: what they add to the AUC's error, all their
# cut-offs together. As in Obuchowski, those who succeed at some cut-off and those who
# do not at some are each made up for being few.
PARTS = f"""
    with placements as ({PLACEMENTS}),
    by_day as (
        select target, ruleset, cut_off, avg(share) filter (has_succeeded) as auc
        from placements group by target, ruleset, cut_off
    ),
    totals as (
        select
            target, ruleset, avg(share) filter (has_succeeded) as auc,
            count_if(has_succeeded) as successes,
            count(distinct lead_id) filter (has_succeeded) as people,
            count(distinct lead_id) filter (not has_succeeded) as others
        from placements group by target, ruleset
    )
    select
        target, ruleset, lead_id, any_value(totals.auc) as auc,
        any_value(least(totals.people, totals.others)) as people,
        sum(
            (placements.share - by_day.auc) / totals.successes
            * if(
                placements.has_succeeded,
                sqrt(totals.people / nullif(totals.people - 1, 0)),
                placements.successes / placements.failures
                * sqrt(totals.others / nullif(totals.others - 1, 0))
            )
        ) as part
    from placements
    inner join by_day using (target, ruleset, cut_off)
    inner join totals using (target, ruleset)
    group by target, ruleset, lead_id
"""
AUC = f"""
    select any_value(auc), if(bool_or(part is null), null, sqrt(sum(part * part)))
    from ({PARTS})
"""
# A row a target: how much the AUC of $after is above that of $before.
DIFFERENCES = f"""
    with people as (
        select
            target, lead_id, any_value(auc) filter (ruleset = $before) as before,
            any_value(auc) filter (ruleset = $after) as after,
            sum(part * ((ruleset = $after)::int - (ruleset = $before)::int)) as part,
            bool_or(part is null) as is_unknown, min(people) as people
        from ({PARTS}) group by target, lead_id
    )
    select
        target, any_value(after) - any_value(before) as difference,
        if(bool_or(is_unknown), null, sqrt(sum(part * part))) as error,
        min(people) as people
    from people group by target
"""
OF_RULESET = "outcomes.target = $target and leads.ruleset = $ruleset"
OF_BOTH = "outcomes.target = $target and leads.ruleset in ($before, $after)"


def auc(
    connection: duckdb.DuckDBPyConnection, target: str, ruleset: str
) -> Estimate | None:
    """Return the AUC of a ruleset, 0.5 is chance; None if all succeeded, or none did.

    Its interval is that of Obuchowski (1997, "Nonparametric analysis of clustered ROC
    curve data"): a person who is there at several cut-offs is one person.
    """
    row = connection.execute(
        AUC.format(of=OF_RULESET), {"target": target, "ruleset": ruleset}
    ).fetchone()
    if row is None or row[0] is None:
        return None
    return of_share(*row)


def auc_difference(
    connection: duckdb.DuckDBPyConnection, target: str, before: str, after: str
) -> Estimate | None:
    """Return how much the AUC of `after` is above that of `before`, on the same leads.

    Paired as in DeLong et al. (1988, "Comparing the areas under two or more correlated
    receiver operating characteristic curves"), clustered by person as in `auc`. None if
    all succeeded, or none did.
    """
    row = connection.execute(
        DIFFERENCES.format(of=OF_BOTH),
        {"target": target, "before": before, "after": after},
    ).fetchone()
    if row is None or row[1] is None:
        return None
    return of_difference(*row[1:])
