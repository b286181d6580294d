"""Remembers which leads were given to whom: what was published is kept."""

from __future__ import annotations

from leadscore.models import NEW_ASSIGNMENTS
from leadscore.settings import Settings
from leadscore.warehouse import ASSIGNMENT_COLUMNS, connect


def keep(settings: Settings) -> None:
    """Keep what this run, which is published now, gave to owners.

    What is kept already stays as it is, so a repeated call changes nothing.
    """
    columns = ", ".join(ASSIGNMENT_COLUMNS)
    with connect(settings) as connection:
        connection.execute(
            f"insert into raw.assignments ({columns}) "
            f"select {columns} from {NEW_ASSIGNMENTS} "
            f"where lead_id not in (select lead_id from raw.assignments)"
        )
