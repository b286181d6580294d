"""One lead on past days, scored again from what the warehouse holds.

A score is a function of what is known, the day and the rules, so the same models give
the factors of any day, and what changed between two, over copies of the few rows that
concern the lead.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import date
from pathlib import Path

import duckdb

from leadscore.elsewhere import (
    THEIR_IDENTIFIERS,
    Elsewhere,
    given_of_concerned,
    refusing_older,
    scratch_beside,
)
from leadscore.errors import LeadscoreError
from leadscore.models import (
    ACCOUNT_DOMAINS,
    LEAD_MEMBERS,
    LEAD_SCORE_CHANGES,
    LEAD_SCORE_FACTORS,
    LEAD_SCORES_ALL,
    LEAD_VERSIONS,
    name_of,
)
from leadscore.runs import current_run
from leadscore.settings import Settings

# The lead, and all who were ever of an account that it was ever of: account signals
# depend on them. Somebody too many changes nothing.
CONCERNED = f"""
    create temp table concerned as
    with members as (
        from world.{LEAD_MEMBERS} where lead_id = $lead_id
    ),
    records as (
        select versions.account_id, split_part(versions.email, '@', 2) as domain
        from world.{LEAD_VERSIONS} as versions
        inner join members
            on members.identifier_type = 'crm'
            and members.identifier = versions.lead_id
    ),
    domains as (
        select domain from records
        union
        select split_part(identifier, '@', 2) from members
        where identifier_type = 'email'
    ),
    accounts as (
        select account_id from records
        union
        select account_id from world.{ACCOUNT_DOMAINS}
        where domain in (from domains)
    ),
    their_domains as (
        select domain from world.{ACCOUNT_DOMAINS}
        where account_id in (from accounts)
    ),
    their_records as (
        select lead_id from world.{LEAD_VERSIONS} where account_id in (from accounts)
    )
    select $lead_id as lead_id
    union
    select lead_id from world.{LEAD_MEMBERS}
    where
        (identifier_type = 'crm' and identifier in (from their_records))
        or (
            identifier_type = 'email'
            and split_part(identifier, '@', 2) in (from their_domains)
        )
"""


@contextmanager
def score_past(
    settings: Settings, lead_id: str, day: date, since: date | None = None
) -> Iterator[duckdb.DuckDBPyConnection]:
    """Score a lead on a past day under the rules of the last run; yield the marts.

    Nothing in the world, which stays attached as `world`, is changed. Ranks are those
    among a few leads, so of no use.

    Args:
        settings: The world.
        lead_id: The lead.
        day: The day whose scores and factors stand in the marts.
        since: Score all days from this one on, and say in lead_score_changes what
            changed from it to the day.

    Raises:
        LeadscoreError: If nothing was scored here, or by an older version, somebody was
            forgotten since, or the lead was none on one of the days.
    """
    run = replace(
        current_run(settings),
        from_date=since or day,
        as_of_date=day,
        compared_date=since or day,
    )
    with (
        tempfile.TemporaryDirectory(prefix="leadscore-") as folder,
        scratch_beside(settings, Path(folder)) as connection,
    ):
        with refusing_older(settings):
            connection.execute(CONCERNED, {"lead_id": lead_id})
            _require_known(connection, lead_id, [since or day, day])
            connection.execute(THEIR_IDENTIFIERS)
            built = Elsewhere(connection, given_of_concerned, vars(run))
            for table in (LEAD_SCORES_ALL, LEAD_SCORE_FACTORS, LEAD_SCORE_CHANGES):
                built.build(name_of(table))
        connection.execute("use marts")
        yield connection


def _require_known(
    connection: duckdb.DuckDBPyConnection, lead_id: str, days: list[date]
) -> None:
    """Refuse a day on which a lead has no identifier that is there."""
    spans = connection.execute(
        f"select valid_from, valid_to from world.{LEAD_MEMBERS} "
        f"where lead_id = ? and not is_gone",
        [lead_id],
    ).fetchall()
    for day in days:
        if not any(first <= day <= last for first, last in spans):
            first = min(first for first, _ in spans)
            raise LeadscoreError(
                f"{lead_id} was no lead on {day}: it is known since {first}."
                if day < first
                else f"{lead_id} was no lead on {day}: its records were deleted, or "
                f"another lead's."
            )
