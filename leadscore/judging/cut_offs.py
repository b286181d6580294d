"""Scores leads as of cut-off days, and says which of them succeeded afterwards.

The models are those that score every day, over the warehouse as it is: a cut-off comes
out as `leadscore score --as-of` that day would have it.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta
from pathlib import Path

import duckdb

from leadscore.elsewhere import Elsewhere, scratch_beside
from leadscore.errors import LeadscoreError
from leadscore.loading.row_sql import literal
from leadscore.models import (
    KEPT_FACTORS,
    LEAD_MEMBERS,
    LEAD_RESULTS,
    LEAD_TRAITS,
    LEAD_VERSIONS,
    OPPORTUNITY_LEADS,
    OPPORTUNITY_STATES,
    PRICED_RULES,
    is_of_events,
    name_of,
)
from leadscore.runs import current_run
from leadscore.settings import Settings
from leadscore.warehouse import connect, fetch_column

# The first day on which something happened to a CRM record that is a success. An
# opportunity that names no lead is everybody's who was at the account that day.
SUCCESSES = {
    "won": f"""
        with won as (
            select opportunity_id, lead_id, account_id, min(valid_from) as won_on
            from world.{OPPORTUNITY_STATES} where state = 'won' group by all
        ),
        linked as (
            select won.opportunity_id, links.lead_id, won.won_on
            from won
            inner join world.{OPPORTUNITY_LEADS} as links using (opportunity_id)
            where not links.is_gone
        ),
        named as (
            select lead_id, won_on from won where lead_id is not null
            union all
            select lead_id, won_on from linked
        ),
        of_account as (
            select versions.lead_id, won.won_on
            from won
            inner join world.{LEAD_VERSIONS} as versions
                on
                    won.account_id = versions.account_id
                    and won.won_on between versions.valid_from and versions.valid_to
            where
                won.lead_id is null
                and won.opportunity_id not in (select opportunity_id from linked)
        )
        select lead_id as record_id, min(won_on) as succeeded_on
        from (from named union all from of_account) group by record_id
    """,
    "converted": f"""
        select
            lead_id as record_id,
            min({{{{ company_date('converted_at') }}}}) as succeeded_on
        from world.{LEAD_VERSIONS}
        where converted_at is not null group by record_id
    """,
}

# Who had succeeded by the cut-off is no lead any more, and who is excluded that day is
# none to sell to. But what a first delivery says of earlier days may be what became of
# the lead since, a customer above all: then nobody is left out for it.
CUT_OFF_LEADS = f"""
    with successes as (
        select members.lead_id, min(records.succeeded_on) as succeeded_on
        from world.{LEAD_MEMBERS} as members
        inner join judged.successes as records
            on members.identifier = records.record_id
        where
            members.identifier_type = 'crm'
            and $cut_off between members.valid_from and members.valid_to
        group by members.lead_id
    )
    select
        $cut_off as cut_off, results.ruleset, results.lead_id, results.total_points,
        results.grade, results.engagement_level, results.stage,
        traits.attributes_backdated,
        coalesce(successes.succeeded_on <= $horizon_ends, false) as has_succeeded
    from {LEAD_RESULTS} as results
    inner join {LEAD_TRAITS} as traits using (span_id)
    left join successes on results.lead_id = successes.lead_id
    where
        (traits.attributes_backdated or not results.is_excluded)
        and coalesce(successes.succeeded_on > $cut_off, true)
"""
CUT_OFF_FACTORS = f"""
    select
        $cut_off as cut_off, rules.ruleset, factors.lead_id, rules.rule_id,
        factors.points
    from {KEPT_FACTORS} as factors
    inner join {PRICED_RULES} as rules using (rule_key)
    where not contains(rules.rule_id, ':')
"""


@dataclass(frozen=True)
class Target:
    """What counts as success: a row of targets.csv.

    Attributes:
        name: Its name.
        success: What happens to a lead that succeeds: won or converted.
        horizon_days: Within how many days after a cut-off.
        description: What it means, as one sentence.
    """

    name: str
    success: str
    horizon_days: int
    description: str


def find_target(settings: Settings, name: str | None) -> Target:
    """Return a target by its name; None: the first of targets.csv.

    Raises:
        LeadscoreError: If nothing was scored here with targets, or there is no such.
    """
    current_run(settings)  # refuses a world in which nothing was scored
    with connect(settings, read_only=True) as warehouse:
        try:
            # Gone from when somebody is forgotten to the next run.
            warehouse.execute(f"from {LEAD_MEMBERS} limit 0")
            rows = warehouse.execute(
                "select target, success, horizon_days, description "
                "from mappings.targets"
            ).fetchall()
        except duckdb.CatalogException as error:
            raise LeadscoreError(
                f"{settings.warehouse} does not hold what is judged: run `make score` "
                f"first."
            ) from error
    targets = {row[0]: Target(*row) for row in rows}
    if not targets:
        raise LeadscoreError("mappings/targets.csv has no target: add a row.")
    for target in targets.values():
        if target.horizon_days < 1:
            raise LeadscoreError(
                f"mappings/targets.csv: the horizon of {target.name} is "
                f"{target.horizon_days} days: write 1 or more."
            )
    if name is not None and name not in targets:
        raise LeadscoreError(
            f"There is no target {name!r} in mappings/targets.csv: choose from "
            f"{', '.join(targets)}."
        )
    return targets[name] if name else next(iter(targets.values()))


def month_ends(settings: Settings, target: Target) -> tuple[list[date], list[date]]:
    """Return the last day of every month with leads: those judged, and those not yet.

    A day of which the horizon has not ended tells only who succeeded early.
    """
    run = current_run(settings)
    with connect(settings, read_only=True) as warehouse:
        (first,) = fetch_column(
            warehouse, f"select min(valid_from) from {LEAD_MEMBERS}"
        )
    days = []
    month = (first or run.as_of_date).replace(day=1)
    while month <= run.as_of_date:
        month = (month + timedelta(days=31)).replace(day=1)
        days.append(month - timedelta(days=1))
    ended = run.as_of_date - timedelta(days=target.horizon_days)
    finished = [day for day in days if day <= ended]
    return finished, [day for day in days if ended < day <= run.as_of_date]


def score_cut_offs(
    settings: Settings, target: Target, days: list[date], judged: Path
) -> Iterator[date]:
    """Score each day, and write its leads and their factors to a DuckDB file.

    The tables: cut_off_leads, a row for each cut-off, ruleset and lead, with whether it
    succeeded within the horizon; cut_off_factors, one for each rule that held for it.

    Yields:
        Each day, when it is there.
    """
    run = current_run(settings)
    for day in days:
        with (
            tempfile.TemporaryDirectory(prefix="leadscore-") as folder,
            scratch_beside(settings, Path(folder)) as connection,
        ):
            built = Elsewhere(
                connection,
                _given,
                vars(replace(run, from_date=day, as_of_date=day, compared_date=day)),
            )
            for table in (LEAD_RESULTS, KEPT_FACTORS):
                built.build(name_of(table))
            successes = built.compiled(SUCCESSES[target.success])
            connection.execute(f"attach {literal(str(judged))} as judged")
            # The same at every cut-off: found at the first.
            connection.execute(
                f"create table if not exists judged.successes as {successes}"
            )
            horizon_ends = day + timedelta(days=target.horizon_days)
            parameters = {"cut_off": day, "horizon_ends": horizon_ends}
            _append(connection, "cut_off_leads", CUT_OFF_LEADS, parameters)
            _append(connection, "cut_off_factors", CUT_OFF_FACTORS, {"cut_off": day})
        yield day


def _append(
    connection: duckdb.DuckDBPyConnection,
    table: str,
    query: str,
    parameters: dict[str, date],
) -> None:
    connection.execute(f"create temp table rows as {query}", parameters)
    connection.execute(
        f"create table if not exists judged.{table} as from rows limit 0"
    )
    connection.execute(f"insert into judged.{table} from rows")
    connection.execute("drop table rows")


def _given(table: str) -> str | None:
    """Return what stands for what does not depend on the scored day."""
    schema = table.partition(".")[0]
    if schema in {"rules", "mappings", "raw", "staging"} or is_of_events(table):
        return f"from world.{table}"
    return None
