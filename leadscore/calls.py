"""Whom to call first: the call list, in one place for all who show it."""

from __future__ import annotations

# Of lead_scores: who is called. Other queues, such as nurture, are for mails.
ON_CALL_LIST = "queue is not null and (is_mql or priority = 1)"

# One row a call, in the order of `line`: the best of the most urgent queue first, and
# leads of one account together. Whose it is says the CRM, or else routing. `$1` is the
# company's time zone, in which it says until when to act.
CALL_LIST = f"""
    with calls as (
        select
            lead_scores.* exclude (owner_id), lead_contacts.* exclude (lead_id),
            lead_assignments.owner_id, lead_assignments.why as why_theirs,
            concat_ws(' ', first_name, last_name) as name,
            timezone($1, timezone('UTC', due_at)) as due,
            row_number() over (order by priority, call_rank, queue) as place
        from lead_scores
        inner join lead_contacts on lead_scores.lead_id = lead_contacts.lead_id
        inner join lead_assignments on lead_scores.lead_id = lead_assignments.lead_id
        where {ON_CALL_LIST}
    ),
    placed as (
        select
            *,
            min(place) over (partition by coalesce(account_id, lead_id)) as first_place
        from calls
    )
    select *, row_number() over (order by first_place, place) as line
    from placed order by line
"""
