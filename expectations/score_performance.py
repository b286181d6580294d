"""What score_performance, how often leads of each band succeeded, must look like."""

import great_expectations.expectations as gxe

from expectations.checks import BATCH, no_rows, share_with_interval

COLUMNS = [
    "target",
    "ruleset",
    "cut_off",
    "band_kind",
    "band",
    "band_order",
    "people",
    "leads",
    "successes",
    "rate",
    "rate_low",
    "rate_high",
    "base_rate",
    "lift",
    "lift_low",
    "lift_high",
    "share_of_leads",
    "gain",
    "amount",
    "median_days",
]

SUITE = [
    gxe.ExpectTableColumnsToMatchSet(
        column_set=COLUMNS,
        exact_match=False,
        description="Every column that BI tools rely on is there.",
    ),
    share_with_interval("rate", "rate_low", "rate_high"),
    no_rows(
        f"""
        with sums as (
            select
                target, ruleset, cut_off, band_kind,
                sum(leads) as leads, sum(successes) as successes
            from {BATCH}
            group by target, ruleset, cut_off, band_kind
        )
        select bands.*
        from sums as bands
        inner join sums as everybody
            on
                bands.target = everybody.target
                and bands.ruleset = everybody.ruleset
                and bands.cut_off is not distinct from everybody.cut_off
                and everybody.band_kind = 'all'
        where
            bands.leads != everybody.leads or bands.successes != everybody.successes
        """,
        description="The bands of a kind hold every lead once.",
    ),
]
