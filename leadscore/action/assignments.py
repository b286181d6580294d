"""Remembers which leads were given to whom: what was published is kept."""

from __future__ import annotations

import duckdb

from leadscore.models import NEW_ASSIGNMENTS
from leadscore.warehouse import ASSIGNMENT_COLUMNS


def keep(connection: duckdb.DuckDBPyConnection) -> None:
    """Keep to whom the run of the warehouse, which is published now, gave leads.

    What is kept already stays as it is, so a repeated call changes nothing.
    """
    columns = ", ".join(ASSIGNMENT_COLUMNS)
    connection.execute(
        f"insert into raw.assignments ({columns}) "
        f"select {columns} from {NEW_ASSIGNMENTS} "
        f"where lead_id not in (select lead_id from raw.assignments)"
    )
