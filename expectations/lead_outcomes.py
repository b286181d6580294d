"""What lead_outcomes, what became of the leads, must look like."""

from expectations.checks import BATCH, no_rows

SUITE = [
    no_rows(
        f"""
        select lead_id, is_won from {BATCH}
        where lead_id not in (select lead_id from lead_scores)
        """,
        description="Every outcome is of a lead that is published.",
    ),
    no_rows(
        f"""
        select lead_id, is_won, won_at, is_converted, converted_at from {BATCH}
        where
            is_won != (won_count > 0)
            or is_won != (won_at is not null)
            or is_converted != (converted_at is not null)
            or opportunity_count != open_count + won_count + lost_count
        """,
        description="What is won has its day, and every opportunity is open, won or "
        "lost.",
    ),
]
