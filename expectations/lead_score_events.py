"""What lead_score_events, who crossed what, must look like before anybody is told."""

import great_expectations.expectations as gxe

from expectations.checks import BATCH, no_address, no_rows

COLUMNS = [
    *("event_id", "lead_id", "ruleset", "alert", "direction", "event_date"),
    *("value", "value_before", "message", "how"),
    *("is_new", "is_rule_change", "tells_it", "untold_because"),
]

SUITE = [
    gxe.ExpectTableColumnsToMatchSet(
        column_set=COLUMNS,
        exact_match=False,
        description="Every column that messages rely on is there.",
    ),
    gxe.ExpectColumnValuesToBeUnique(
        column="event_id", description="An event stands once, so it is told once."
    ),
    gxe.ExpectColumnValuesToBeInSet(
        column="direction",
        value_set=["entered", "left"],
        description="A lead entered or left.",
    ),
    no_rows(
        f"""
        with events as (select * from {BATCH})
        select lead_id, alert, event_date from events
        where event_date > (select max(as_of_date) from lead_scores)
        """,
        description="No event is of a day after the one that is published.",
    ),
    no_rows(
        f"""
        with events as (select * from {BATCH})
        select events.lead_id, events.alert, events.ruleset
        from events
        left join lead_scores as scores
            on
                events.lead_id = scores.lead_id
                and events.ruleset = scores.ruleset
        where
            events.event_date = (select max(as_of_date) from lead_scores)
            and scores.lead_id is null
        """,
        description="Who crossed on the day that is published is published, under that "
        "ruleset.",
    ),
    no_rows(
        f"""
        select lead_id, alert, tells_it, untold_because from {BATCH}
        where tells_it = (untold_because is not null)
        """,
        description="An event is told, or says why it is not.",
    ),
    no_rows(
        f"""
        select lead_id, alert, event_date from {BATCH}
        where tells_it and is_rule_change
        """,
        description="Nobody is told what only other rules brought about.",
    ),
    no_address("lead_id", "alert"),
]
