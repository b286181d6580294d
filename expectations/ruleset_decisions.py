"""What ruleset_decisions, who became champion and why, must look like."""

import great_expectations.expectations as gxe

from expectations.checks import BATCH, no_rows

COLUMNS = [
    *("decided_at", "scorecard", "decision", "ruleset", "ruleset_before"),
    *("ruleset_fingerprint", "ruleset_fingerprint_before", "decided_by", "because"),
    *("verdict", "target", "horizon_days", "first_cut_off", "last_cut_off", "cut_offs"),
    *("lead_count", "success_count", "people_succeeded"),
    *("auc", "auc_before", "auc_change", "auc_change_low", "auc_change_high"),
    *("volume", "precision", "precision_before", "precision_change"),
    *("precision_change_low", "precision_change_high"),
    *("lift", "lift_before", "lift_change", "lift_change_low", "lift_change_high"),
    *("mqls_won", "mqls_won_succeeded", "mqls_lost", "mqls_lost_succeeded"),
    *("experiment", "from_date", "until_date", "share"),
    *("arm_leads", "arm_leads_before", "arm_successes", "arm_successes_before"),
    *("arm_mqls", "arm_mqls_before", "leads_unfinished"),
    *("rate_change", "rate_change_low", "rate_change_high"),
]

SUITE = [
    gxe.ExpectTableColumnsToMatchSet(
        column_set=COLUMNS,
        exact_match=False,
        description="Every column that BI tools rely on is there.",
    ),
    no_rows(
        f"""
        with decisions as (select * from {BATCH})
        select * from decisions
        where
            decision = 'promoted' and verdict is distinct from 'better'
            and because is null
        """,
        description="What a backtest did not find better was promoted for a reason.",
    ),
    no_rows(
        f"""
        with decisions as (select * from {BATCH})
        select * from decisions
        where
            not (auc_change between auc_change_low and auc_change_high)
            or not (
                precision_change between precision_change_low and precision_change_high
            )
            or not (lift_change between lift_change_low and lift_change_high)
            or not (rate_change between rate_change_low and rate_change_high)
        """,
        description="A difference lies within its interval.",
    ),
]
