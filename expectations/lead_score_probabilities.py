"""What lead_score_probabilities, how probable success is, must look like."""

import great_expectations.expectations as gxe

from expectations.checks import BATCH, no_rows

COLUMNS = [
    *("lead_id", "as_of_date", "ruleset", "target", "horizon_days", "is_first_target"),
    *("probability", "low", "high", "model"),
]

SUITE = [
    gxe.ExpectTableColumnsToMatchSet(
        column_set=COLUMNS,
        exact_match=False,
        description="Every column that BI tools rely on is there.",
    ),
    gxe.ExpectColumnValuesToBeInSet(
        column="as_of_date",
        value_set={"$PARAMETER": "as_of_dates"},
        description="All probabilities are for the day that is published.",
    ),
    no_rows(
        f"""
        with probabilities as (select * from {BATCH})
        select lead_id, ruleset, target, probability, low, high from probabilities
        where
            (low >= 0 and low <= probability and probability <= high and high <= 1)
            is not true
        """,
        description="A probability lies between low and high, and they within 0 and 1.",
    ),
    no_rows(
        f"""
        with probabilities as (select * from {BATCH})
        select lead_id, ruleset, target from probabilities
        where (lead_id, ruleset) not in (select lead_id, ruleset from lead_scores_all)
        """,
        description="Every probability is of a lead that is published.",
    ),
    no_rows(
        f"""
        with probabilities as (select * from {BATCH})
        select
            probabilities.lead_id, probabilities.ruleset, probabilities.target,
            scores.total_points, probabilities.probability
        from probabilities
        inner join lead_scores_all as scores
            on
                probabilities.lead_id = scores.lead_id
                and probabilities.ruleset = scores.ruleset
        qualify
            probabilities.probability < lag(probabilities.probability) over (
                partition by probabilities.ruleset, probabilities.target
                order by scores.total_points asc, probabilities.probability asc
            )
        """,
        description="More points never mean a lower probability.",
    ),
    no_rows(
        f"""
        with probabilities as (select * from {BATCH})
        select scores.lead_id, scores.ruleset, scores.probability
        from lead_scores_all as scores
        left join probabilities
            on
                scores.lead_id = probabilities.lead_id
                and scores.ruleset = probabilities.ruleset
                and probabilities.is_first_target
        where scores.probability is distinct from probabilities.probability
        """,
        description="The scores show the probability of the first target.",
    ),
]
