"""What rules, the rules in words for people, must look like."""

from expectations.checks import BATCH, no_rows

SUITE = [
    no_rows(
        f"""
        with told as (select * from {BATCH})
        select distinct factors.ruleset, factors.rule_id
        from lead_score_factors as factors
        left join told
            on factors.ruleset = told.ruleset and factors.rule_id = told.rule_id
        where
            told.rule_id is null
            -- limits and adjustments by hand
            and not regexp_matches(factors.rule_id, '^(cap|manual):')
        """,
        description="Every rule that gave somebody points is told of.",
    ),
    no_rows(
        f"select ruleset, rule_id from {BATCH} where trim(asks) = ''",
        description="Every rule says what it asks.",
    ),
]
