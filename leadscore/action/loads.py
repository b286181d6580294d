"""Says whose calls are nobody's, and who is dealt more than they take."""

from __future__ import annotations

from collections.abc import Iterator

import duckdb

from leadscore.errors import counted

UNOWNED = """
    select why, count(*) from lead_assignments where owner_id is null
    group by why order by count(*) desc, why
"""
OVER_CAPACITY = """
    select
        coalesce(owners.name, loads.owner_id), loads.team, loads.dealt, loads.capacity
    from team_loads as loads
    left join owners on loads.owner_id = owners.owner_id
    where loads.over_capacity > 0 order by loads.team, loads.owner_id
"""


def warnings(published: duckdb.DuckDBPyConnection) -> Iterator[str]:
    """Yield sentences on leads to call without an owner, and owners with too many.

    Args:
        published: A publication, or a candidate.
    """
    for why, count in published.execute(UNOWNED).fetchall():
        told = "is" if count == 1 else "are"
        yield f"{counted(count, 'call')} {told} nobody's. {why}."
    over = [
        f"{name} {dealt:,} where {capacity:,} is the most ({team})"
        for name, team, dealt, capacity in published.execute(OVER_CAPACITY).fetchall()
    ]
    if over:
        yield f"Dealt more than they take on a day: {', '.join(over)}."
