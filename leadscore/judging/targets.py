"""What counts as success: the rows of targets.csv, and when leads did succeed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

import duckdb

from leadscore.errors import LeadscoreError
from leadscore.models import (
    LEAD_MEMBERS,
    LEAD_VERSIONS,
    OPPORTUNITY_LEADS,
    OPPORTUNITY_STATES,
)
from leadscore.runs import current_run
from leadscore.settings import Settings
from leadscore.warehouse import connect, fetch_column

FILE = "mappings/targets.csv"

# When a CRM record succeeded, how often it did, and for how much: a row each. Null: it
# had when it was first delivered, so nobody knows when.
#
# An opportunity that names no lead is everybody's who was at the account that day; its
# amount is shared among those whose it is.
SUCCESSES = {
    "won": f"""
        with won as (
            select
                opportunity_id, arg_max(lead_id, valid_from) as lead_id,
                arg_max(account_id, valid_from) as account_id,
                min(valid_from) as won_on, arg_max(amount, valid_from) as amount
            from world.{OPPORTUNITY_STATES}
            where state = 'won' group by opportunity_id
            having $min_amount is null or arg_max(amount, valid_from) >= $min_amount
        ),
        linked as (
            select won.opportunity_id, links.lead_id, won.won_on, won.amount
            from won
            inner join world.{OPPORTUNITY_LEADS} as links using (opportunity_id)
            where not links.is_gone
        ),
        of_leads as (
            select opportunity_id, lead_id, won_on, amount from won
            where lead_id is not null
            union
            from linked
        ),
        of_accounts as (
            select won.opportunity_id, versions.lead_id, won.won_on, won.amount
            from won
            inner join world.{LEAD_VERSIONS} as versions
                on
                    won.account_id = versions.account_id
                    and won.won_on between versions.valid_from and versions.valid_to
            where
                won.lead_id is null
                and not versions.is_gone
                and won.opportunity_id not in (select opportunity_id from linked)
        )
        select
            lead_id as record_id, won_on as succeeded_on,
            amount / count(*) over (partition by opportunity_id) as amount
        from (from of_leads union all from of_accounts)
    """,
    "converted": f"""
        select
            lead_id as record_id,
            min({{{{ company_date('converted_at') }}}}) as succeeded_on,
            null as amount
        from world.{LEAD_VERSIONS}
        where converted_at is not null group by record_id
    """,
    # The day on which it was delivered so; a record's first version may be older than
    # that, and is known to have been so at no day.
    "attribute": f"""
        with versions as (
            select
                *,
                row_number() over (partition by lead_id order by valid_from) = 1
                    as is_first
            from world.{LEAD_VERSIONS}
        )
        select
            lead_id as record_id,
            if(
                arg_min(is_first, valid_from), null, min(valid_from)
            ) as succeeded_on,
            null as amount
        from versions
        where
            lower(trim(json_extract_string(
                attributes, {{{{ json_path('$attribute') }}}}
            ))) = lower(trim($value))
        group by record_id
    """,
}

COLUMNS_DELIVERED = f"""
    select distinct unnest(json_keys(attributes)) from {LEAD_VERSIONS}
    where exists (from mappings.targets where attribute is not null)
"""


@dataclass(frozen=True)
class Target:
    """What counts as success: a row of targets.csv.

    Attributes:
        scorecard: Whose rulesets it judges; None: every scorecard's.
        name: Its name.
        success: What happens to a lead that succeeds: won, converted or attribute.
        attribute: The CRM's column that says so, if success is attribute.
        value: What it says then.
        min_amount: Of an opportunity, for it to count; None: any.
        from_date: The first cut-off may be this day; None: any.
        horizon_days: Within how many days after a cut-off.
        wanted_rate: The share of the leads called that should succeed.
        calls_per_week: How many leads sales can call.
        description: What it means, as one sentence.
    """

    scorecard: str | None
    name: str
    success: str
    attribute: str | None
    value: str | None
    min_amount: Decimal | None
    from_date: date | None
    horizon_days: int
    wanted_rate: float
    calls_per_week: int
    description: str


def find_targets(settings: Settings, name: str | None = None) -> list[Target]:
    """Return the targets of targets.csv, or the one of a name.

    Raises:
        LeadscoreError: If nothing was scored here with targets, there is no such, or a
            row cannot be meant.
    """
    current_run(settings)  # refuses a world in which nothing was scored
    with connect(settings, read_only=True) as warehouse:
        try:
            # Gone from when somebody is forgotten to the next run.
            warehouse.execute(f"from {LEAD_MEMBERS} limit 0")
            rows = warehouse.execute(
                "select scorecard, target, success, attribute, value, min_amount, "
                "from_date, horizon_days, coalesce(wanted_rate, 0.8), "
                "coalesce(calls_per_week, 50), description from mappings.targets"
            ).fetchall()
        except (duckdb.BinderException, duckdb.CatalogException) as error:
            raise LeadscoreError(
                f"{settings.warehouse} does not hold what is judged: run `make score` "
                f"first."
            ) from error
        known = set(fetch_column(warehouse, "select scorecard from rules.rulesets"))
        columns = fetch_column(warehouse, COLUMNS_DELIVERED)
    targets = {row[1]: Target(*row) for row in rows}
    if not targets:
        raise LeadscoreError(f"{FILE} has no target: add a row.")
    for target in targets.values():
        _require_sound(target)
        if target.scorecard and target.scorecard not in known:
            raise LeadscoreError(
                f"{FILE}, target {target.name}: there is no scorecard "
                f"{target.scorecard!r}: choose from {', '.join(sorted(known))}, or "
                f"leave it empty for all."
            )
        if target.attribute and target.attribute not in columns:
            raise LeadscoreError(
                f"{FILE}, target {target.name}: no CRM record that was delivered has "
                f"the column {target.attribute!r}: spell it as it is delivered."
            )
    if name is None:
        return list(targets.values())
    if name not in targets:
        raise LeadscoreError(
            f"There is no target {name!r} in {FILE}: choose from {', '.join(targets)}."
        )
    return [targets[name]]


def find_target(settings: Settings, name: str | None, scorecard: str | None) -> Target:
    """Return the target of a name, or the first that judges a scorecard.

    Raises:
        LeadscoreError: As find_targets, or if it judges another scorecard.
    """
    found = find_targets(settings, name)
    fitting = [target for target in found if target.scorecard in (None, scorecard)]
    if not fitting:
        raise LeadscoreError(
            f"{FILE}: {' and '.join(target.name for target in found)} judge no ruleset "
            f"of the scorecard {scorecard}: choose another --target, or add one."
        )
    return fitting[0]


def _require_sound(target: Target) -> None:
    wrong = None
    if target.success not in SUCCESSES:
        wrong = f"success is {target.success!r}: write {', '.join(SUCCESSES)}"
    elif target.horizon_days is None or target.horizon_days < 1:
        wrong = f"horizon_days is {target.horizon_days}: write 1 or more"
    elif not 0 < target.wanted_rate < 1:
        wrong = f"wanted_rate is {target.wanted_rate}: write a share, such as 0.8"
    elif target.calls_per_week < 1:
        wrong = f"calls_per_week is {target.calls_per_week}: write 1 or more"
    elif target.min_amount is not None and target.min_amount < 0:
        wrong = f"min_amount is {target.min_amount}: write 0 or more"
    elif (target.success == "attribute") != bool(target.attribute and target.value):
        wrong = "attribute and value belong to the success `attribute`, and only to it"
    elif target.min_amount is not None and target.success != "won":
        wrong = "min_amount belongs to the success `won`: only a deal has an amount"
    if wrong:
        raise LeadscoreError(f"{FILE}, target {target.name}: {wrong}.")
