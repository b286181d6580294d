"""The raw tables: what every source map fills and every expectation suite checks."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Table:
    """One raw table.

    Attributes:
        source: The folder its extracts come from (crm, email, web or feedback).
        columns: Column name to DuckDB type, in order.
        key: The column that names a row's subject; a row without one is rejected.
        required: Columns a source map must fill, besides the key.
        or_else: Columns that name the subject as well: one of these and the key will
            do.
    """

    source: str
    columns: dict[str, str]
    key: str
    required: tuple[str, ...] = ()
    or_else: tuple[str, ...] = ()

    @property
    def subjects(self) -> tuple[str, ...]:
        """The columns of which a row needs one, to say what or whom it is about."""
        return (self.key, *self.or_else)


# Columns every raw table has besides its own.
LINEAGE = {"batch_id": "varchar", "source_row": "bigint", "extract_date": "date"}

TABLES = {
    "crm_leads": Table(
        source="crm",
        key="lead_id",
        columns={
            "lead_id": "varchar",
            "email": "varchar",
            "first_name": "varchar",
            "last_name": "varchar",
            "job_title": "varchar",
            "phone": "varchar",
            "company_name": "varchar",
            # What the record itself says of the company, where no account does.
            "industry": "varchar",
            "employee_count": "bigint",
            "annual_revenue": "decimal(18, 2)",
            "currency": "varchar",
            "account_id": "varchar",
            "country": "varchar",
            "region": "varchar",
            "city": "varchar",
            "lead_source": "varchar",
            "partner_id": "varchar",
            "owner_id": "varchar",
            "status": "varchar",
            "lifecycle_stage": "varchar",
            "do_not_contact": "boolean",
            "is_deleted": "boolean",
            "created_at": "timestamp",
            "updated_at": "timestamp",
            "converted_at": "timestamp",
            "attributes": "json",
        },
    ),
    "crm_accounts": Table(
        source="crm",
        key="account_id",
        columns={
            "account_id": "varchar",
            "name": "varchar",
            "domain": "varchar",
            "industry": "varchar",
            "employee_count": "bigint",
            "annual_revenue": "decimal(18, 2)",
            "currency": "varchar",
            "country": "varchar",
            "account_type": "varchar",
            "lifecycle_stage": "varchar",
            "is_deleted": "boolean",
            "updated_at": "timestamp",
            "attributes": "json",
        },
    ),
    "crm_opportunities": Table(
        source="crm",
        key="opportunity_id",
        columns={
            "opportunity_id": "varchar",
            "lead_id": "varchar",
            "account_id": "varchar",
            "amount": "decimal(18, 2)",
            "currency": "varchar",
            "stage": "varchar",
            "is_won": "boolean",
            "is_closed": "boolean",
            "merged_ids": "varchar",  # of those merged into it, divided by semicolons
            "is_deleted": "boolean",
            "created_at": "timestamp",
            "closed_at": "timestamp",
        },
    ),
    # Whoever leads are assigned to: ids are owner_id of crm_leads.
    "crm_owners": Table(
        source="crm",
        key="owner_id",
        columns={
            "owner_id": "varchar",
            "name": "varchar",
            "is_active": "boolean",
            "is_deleted": "boolean",
        },
    ),
    "crm_activities": Table(
        source="crm",
        key="activity_id",
        required=("activity_type", "occurred_at"),
        columns={
            "activity_id": "varchar",
            "lead_id": "varchar",
            "account_id": "varchar",
            "email": "varchar",
            "activity_type": "varchar",
            "direction": "varchar",
            "outcome": "varchar",
            "object_id": "varchar",
            "detail": "varchar",
            "occurred_at": "timestamp",
        },
    ),
    # People of an opportunity, besides the one in crm_opportunities. A link has an end
    # when a later snapshot lacks it.
    "crm_opportunity_leads": Table(
        source="crm",
        key="link_id",
        required=("opportunity_id", "lead_id"),
        columns={
            "link_id": "varchar",
            "opportunity_id": "varchar",
            "lead_id": "varchar",
        },
    ),
    # Addresses that a record has besides the one in crm_leads.
    "crm_emails": Table(
        source="crm",
        key="email",
        required=("lead_id",),
        columns={"lead_id": "varchar", "email": "varchar"},
    ),
    # A merge was undone when a later snapshot lacks it, or it names its own record.
    "crm_merges": Table(
        source="crm",
        key="merged_id",
        required=("into_id",),
        columns={
            "merged_id": "varchar",
            "into_id": "varchar",
            "merged_at": "timestamp",
        },
    ),
    "crm_opportunity_merges": Table(
        source="crm",
        key="opportunity_id",
        required=("into_opportunity_id",),
        columns={
            "opportunity_id": "varchar",
            "into_opportunity_id": "varchar",
            "merged_at": "timestamp",
        },
    ),
    "email_events": Table(
        source="email",
        key="email",
        or_else=("lead_id",),
        required=("event_type", "occurred_at"),
        columns={
            "event_id": "varchar",
            "lead_id": "varchar",
            "email": "varchar",
            "campaign_id": "varchar",
            "event_type": "varchar",
            "url": "varchar",
            "user_agent": "varchar",
            "occurred_at": "timestamp",
        },
    ),
    "web_events": Table(
        source="web",
        key="visitor_id",
        or_else=("email", "lead_id"),
        required=("event_type", "occurred_at"),
        columns={
            "event_id": "varchar",
            "visitor_id": "varchar",
            "session_id": "varchar",
            "lead_id": "varchar",
            "email": "varchar",
            "event_type": "varchar",
            "event_name": "varchar",
            "url": "varchar",
            "referrer": "varchar",
            "utm_source": "varchar",
            "utm_medium": "varchar",
            "utm_campaign": "varchar",
            "duration_seconds": "double",
            "user_agent": "varchar",
            "properties": "json",
            "occurred_at": "timestamp",
        },
    ),
    # What people who work with leads say of them.
    "feedback": Table(
        source="feedback",
        key="lead_id",
        or_else=("email",),
        required=("verdict", "given_at"),
        columns={
            "feedback_id": "varchar",
            "lead_id": "varchar",
            "email": "varchar",
            "verdict": "varchar",
            "given_by": "varchar",
            "given_at": "timestamp",
            "note": "varchar",
        },
    ),
}
