"""How the CRM's records look in a snapshot: what was known at a moment."""

from __future__ import annotations

from datetime import datetime, timedelta

from sample import vocabulary as words
from sample.world import Account, Lead, Opportunity, Row


def lead_row(lead: Lead, now: datetime) -> Row | None:
    """Return a lead as the CRM delivers it, or None if it is not there (any more)."""
    if lead.created_at >= now or (lead.gone_at and lead.gone_at < now):
        return None
    changed, status = [entry for entry in lead.statuses if entry[0] < now][-1]
    converted = lead.converted_at if _is_past(lead.converted_at, now) else None
    deleted = _is_past(lead.deleted_at, now)
    updated = max(changed, lead.deleted_at) if deleted and lead.deleted_at else changed
    return (
        lead.lead_id,
        lead.email,
        lead.first_name,
        lead.last_name,
        lead.job_title,
        lead.phone,
        lead.company_name,
        lead.account_id,
        lead.country,
        None,
        lead.city,
        lead.lead_source,
        lead.partner_id,
        lead.owner_id,
        status,
        lead.do_not_contact,
        deleted,
        lead.created_at,
        updated,
        converted,
        *lead.bant,
    )


def account_row(account: Account, now: datetime) -> Row:
    """Return an account; one that bought is a customer from then on."""
    bought = _is_past(account.customer_since, now)
    return (
        account.account_id,
        account.name,
        account.domain,
        account.industry,
        account.employees,
        account.revenue,
        account.country,
        "customer" if bought else account.account_type,
        False,
        account.customer_since if bought else account.updated_at,
    )


def opportunity_row(deal: Opportunity, now: datetime) -> Row | None:
    """Return a deal as it stands, or None if it has not begun."""
    if deal.created_at >= now:
        return None
    closed = _is_past(deal.closed_at, now)
    stage = ("won" if deal.won else "lost") if closed else "proposal"
    if not closed and now - deal.created_at < timedelta(days=14):
        stage = "open"
    return (
        deal.opportunity_id,
        deal.lead.lead_id,
        deal.lead.account_id,
        deal.amount,
        stage,
        deal.won if closed else None,
        False,
        deal.created_at,
        deal.closed_at if closed else None,
    )


def owner_rows() -> list[Row]:
    """Return the people whom leads are assigned to."""
    return [
        (owner_id, name, owner_id not in words.LEFT, False)
        for owner_id, name in words.OWNERS.items()
    ]


def _is_past(moment: datetime | None, now: datetime) -> bool:
    return moment is not None and moment < now


def cell(value: object) -> object:
    """Return a value as text files have it: lower-case booleans, whole seconds."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, datetime):
        return str(value)[:19]
    return value
