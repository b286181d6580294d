"""`leadscore rules list`: what rules may name, and how often it occurs."""

from __future__ import annotations

from typing import Any

import duckdb
from rich.console import Console
from rich.table import Table

from leadscore.models import (
    ACTIVITY_DAYS,
    LEAD_MEMBERS,
    LEAD_RETURNS,
    LEAD_SIGNALS,
    LEAD_SPANS,
    LEAD_VERSIONS,
    SEGMENT_MEMBERS,
    SIGNAL_VALUES,
)
from leadscore.rules.check import rules_folder, vocabulary_of
from leadscore.rules.files import read_rules
from leadscore.rules.vocabulary import ATTRIBUTE, SEGMENT, Vocabulary
from leadscore.settings import Settings
from leadscore.terminal import as_table
from leadscore.warehouse import connect

SIGNAL_COUNTS = f"""
    with known as (
        select signals.span_id, signals.signal, spelled.value_text
        from {LEAD_SIGNALS} as signals
        inner join {LEAD_SPANS} as spans using (span_id)
        inner join {SIGNAL_VALUES} as spelled using (signal, value)
        where
            spans.valid_to = (select as_of_date from raw.run)
            and spelled.value_text != '(missing)'
    ),
    counted as (
        select signal, value_text, count(*) as leads from known group by all
    )
    select
        signal,
        sum(leads)::bigint,
        -- Not every company's revenue: values that tell leads into kinds.
        case
            when count(*) <= 20
                then string_agg(value_text, '|' order by leads desc, value_text)
        end
    from counted group by signal
"""

ACTIVITY_COUNTS = f"""
    with today as (select as_of_date from raw.run),
    done as (
        select members.lead_id, days.activity, days.event_count
        from {LEAD_MEMBERS} as members
        inner join {ACTIVITY_DAYS} as days
            using (identifier_type, identifier)
        cross join today
        where
            today.as_of_date between members.valid_from and members.valid_to
            and days.not_counted_reason is null
            and days.activity_date <= today.as_of_date
        union all
        select returns.lead_id, returns.activity, returns.event_count
        from {LEAD_RETURNS} as returns
        cross join today
        where today.as_of_date between returns.valid_from and returns.valid_to
    )
    select activity, sum(event_count)::bigint, count(distinct lead_id)
    from done group by activity
"""

ATTRIBUTE_COUNTS = f"""
    with today as (select as_of_date from raw.run),
    records as (
        select
            members.lead_id, versions.attributes,
            unnest(json_keys(versions.attributes)) as name
        from {LEAD_VERSIONS} as versions
        inner join {LEAD_MEMBERS} as members
            on
                members.identifier_type = 'crm'
                and versions.lead_id = members.identifier
        cross join today
        where
            not versions.is_gone
            and today.as_of_date between versions.valid_from and versions.valid_to
            and today.as_of_date between members.valid_from and members.valid_to
    ),
    known as (
        select
            lead_id, name,
            lower(trim(json_extract_string(attributes, '$."' || name || '"'))) as value
        from records
    ),
    counted as (
        select name, value, count(distinct lead_id) as leads
        from known where value != '' group by name, value
    )
    select
        name,
        sum(leads)::bigint,
        case
            when count(*) <= 20
                then string_agg(value, '|' order by leads desc, value)
        end
    from counted group by name
"""


SEGMENT_COUNTS = f"""
    select members.signal, count(*)
    from {SEGMENT_MEMBERS} as members
    inner join {LEAD_SPANS} as spans using (span_id)
    where spans.valid_to = (select as_of_date from raw.run)
    group by members.signal
"""


def show_vocabulary(settings: Settings, console: Console) -> None:
    """Print the signals and activities that rules may use, with counts of today.

    Without a scored warehouse there are no counts.
    """
    vocabulary = vocabulary_of(settings)
    signals, activities, attributes, segments = _counts(settings)
    console.print(_signals(vocabulary, signals, attributes))
    console.print()
    if found := _segments(settings, segments):
        columns = ["signal", "ruleset", "leads"]
        console.print(as_table("Segments: signals that are yes or no", columns, found))
        console.print()
    console.print(_activities(vocabulary, activities))
    console.print(
        "\nA rule names one value of a signal, or several joined by |; an activity "
        "rule one activity, or several."
    )


Counts = dict[str, tuple[Any, ...]]


def _counts(settings: Settings) -> list[Counts]:
    queries = (SIGNAL_COUNTS, ACTIVITY_COUNTS, ATTRIBUTE_COUNTS, SEGMENT_COUNTS)
    if not settings.warehouse.exists():
        return [{} for _ in queries]
    with connect(settings, read_only=True) as warehouse:
        try:
            return [
                {row[0]: row[1:] for row in warehouse.execute(query).fetchall()}
                for query in queries
            ]
        except duckdb.CatalogException:  # nothing was ever scored
            return [{} for _ in queries]


def _segments(settings: Settings, counts: Counts) -> list[tuple[Any, ...]]:
    rules, _ = read_rules(rules_folder(settings))
    names = dict.fromkeys((row.segment, row.ruleset) for row in rules.segments)
    zero = (0,) if counts else (None,)
    return [
        (f"{SEGMENT}{name}", ruleset, *counts.get(f"{SEGMENT}{ruleset}.{name}", zero))
        for name, ruleset in names
    ]


def _signals(vocabulary: Vocabulary, counts: Counts, attribute_counts: Counts) -> Table:
    zero = (0, None) if counts else (None, None)
    rows = [
        (
            name,
            *counts.get(name, zero),
            signal.description
            + (
                " (outcome: for exclusions only)" if name in vocabulary.outcomes else ""
            ),
        )
        for name, signal in vocabulary.signals.items()
    ]
    for column in sorted({*(vocabulary.attributes or ()), *attribute_counts}):
        name = ATTRIBUTE + column
        outcome = (
            " (outcome: for exclusions only)" if name in vocabulary.outcomes else ""
        )
        description = f"The CRM's column {column}, as delivered{outcome}"
        rows.append((name, *attribute_counts.get(column, zero), description))
    return as_table("Signals", ["signal", "leads", "values", "what it is"], rows)


def _activities(vocabulary: Vocabulary, counts: Counts) -> Table:
    zero = (0, 0) if counts else (None, None)
    rows = [
        (name, *counts.get(name, zero), description)
        for name, description in vocabulary.activities.items()
    ]
    return as_table("Activities", ["activity", "events", "leads", "what it is"], rows)
