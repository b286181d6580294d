"""Until when today's qualified leads stay qualified if they do nothing more.

Decay and windows are known in advance, so the same models that score the past score
the days to come, for the few leads concerned, in a scratch warehouse.
"""

from __future__ import annotations

import tempfile
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

from leadscore.elsewhere import (
    OF_CONCERNED,
    THEIR_IDENTIFIERS,
    Elsewhere,
    given_of_concerned,
    scratch_beside,
)
from leadscore.loading.row_sql import literal
from leadscore.models import (
    ACTIVITY_DAYS,
    LEAD_RESULTS,
    LEADS,
    name_of,
)
from leadscore.runs import Run
from leadscore.settings import Settings
from leadscore.warehouse import connect

CONCERNED = f"""
    create temp table concerned as
    with leads as (
        select lead_id, account_id from world.{LEADS}
        where valid_to = $day
    ),
    qualified as (
        select distinct leads.lead_id, leads.account_id
        from leads inner join world.{LEAD_RESULTS} as results using (lead_id)
        where results.valid_to = $day and results.is_mql
    )
    select lead_id from qualified
    union
    -- Their colleagues count in engaged_decision_makers.
    select leads.lead_id from leads inner join qualified using (account_id)
"""
UNTIL = f"""
    insert into raw.outlook
    select today.lead_id, today.ruleset, min(ahead.valid_from) - 1
    from {LEAD_RESULTS} as today
    inner join ahead.{LEAD_RESULTS} as ahead using (lead_id, ruleset)
    where today.valid_to = $day and today.is_mql and not ahead.is_mql
    group by today.lead_id, today.ruleset
"""


def look_ahead(settings: Settings, run: Run) -> None:
    """Fill raw.outlook with the last day on which each qualified lead still is one.

    Args:
        settings: The world; `outlook_days` is how far to look, 0 not at all.
        run: The run whose scores are there.
    """
    day = {"day": run.as_of_date}
    with connect(settings) as connection:
        connection.execute("delete from raw.outlook")
    if not settings.outlook_days:
        return
    with tempfile.TemporaryDirectory(dir=settings.data, prefix=".outlook_") as folder:
        with scratch_beside(settings, Path(folder)) as connection:
            connection.execute("drop schema raw cascade")  # all there is, is given
            connection.execute(CONCERNED, day)
            connection.execute(THEIR_IDENTIFIERS)
            ahead = replace(
                run,
                from_date=run.as_of_date + timedelta(days=1),
                as_of_date=run.as_of_date + timedelta(days=settings.outlook_days),
            )
            built = Elsewhere(
                connection,
                lambda table: _given(table, run),
                vars(ahead),
            )
            built.build(name_of(LEAD_RESULTS))
        with connect(settings) as connection:
            foreseen = literal(str(Path(folder) / settings.warehouse.name))
            connection.execute(f"attach {foreseen} as ahead (read_only)")
            connection.execute(UNTIL, day)
            connection.execute("detach ahead")


def _given(table: str, run: Run) -> str | None:
    """Return what stands for a table when the days to come are scored.

    What holds on the scored day is made to hold for ever.
    """
    day = f"date '{run.as_of_date}'"
    given = given_of_concerned(table)
    if table == ACTIVITY_DAYS:
        return f"{given} and activity_date <= {day}"
    if table in OF_CONCERNED:
        return (
            f"select * replace (date '9999-12-31' as valid_to) {given} "
            f"and {day} between valid_from and valid_to"
        )
    return given
