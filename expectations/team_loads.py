"""What team_loads, what those in teams take and have, must look like."""

from expectations.checks import BATCH, no_rows

SUITE = [
    no_rows(
        f"""
        select team, owner_id, capacity, dealt, over_capacity from {BATCH}
        where
            least(capacity, dealt, over_capacity, open_calls) < 0
            or over_capacity != greatest(dealt - capacity, 0)
        """,
        description="What is too much is what is dealt beyond what they take.",
    ),
]
