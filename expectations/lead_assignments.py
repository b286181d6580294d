"""What lead_assignments, which lead is whose, must look like."""

from expectations.checks import BATCH, no_rows

SUITE = [
    no_rows(
        f"""
        select lead_id, owner_id from {BATCH}
        where lead_id not in (select lead_id from lead_scores)
        """,
        description="Every assignment is of a lead that is published.",
    ),
    no_rows(
        f"""
        with assigned as (select lead_id from {BATCH})
        select lead_id, queue from lead_scores
        where
            queue is not null and (is_mql or priority = 1)
            and lead_id not in (select lead_id from assigned)
        """,
        description="Of every lead on the call list it is said whose it is.",
    ),
    no_rows(
        f"""
        with assigned as (select * from {BATCH})
        select assigned.lead_id, assigned.owner_id, scores.owner_id as owner_in_crm
        from assigned
        inner join lead_scores as scores on assigned.lead_id = scores.lead_id
        where
            assigned.is_from_crm != (scores.owner_id is not null)
            or (assigned.is_from_crm and assigned.owner_id != scores.owner_id)
        """,
        description="An owner in the CRM stays.",
    ),
]
