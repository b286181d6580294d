"""`leadscore rules list`: what rules may name, and how often it occurs."""

from __future__ import annotations

from typing import Any

import duckdb
from rich.console import Console
from rich.table import Table

from leadscore.models import (
    ACCOUNT_VERSIONS,
    ACTIVITY_DAYS,
    LEAD_MEMBERS,
    LEAD_RETURNS,
    LEAD_SIGNALS,
    LEAD_SPANS,
    LEAD_VERSIONS,
    LEADS,
    SEGMENT_MEMBERS,
    SIGNAL_VALUES,
    account_columns,
    compiled,
)
from leadscore.rules.check import rules_folder, vocabulary_of
from leadscore.rules.files import read_rules
from leadscore.rules.vocabulary import (
    ACCOUNT,
    ATTRIBUTE,
    SEGMENT,
    Vocabulary,
    prefix_of,
)
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

OURS = ", ".join(f"'{name}', accounts.{name}" for name in account_columns())
COLUMN_COUNTS = f"""
    with today as (select as_of_date from raw.run),
    kept as (
        select '{ATTRIBUTE}' as prefix, members.lead_id, versions.attributes
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
        union all
        select
            '{ACCOUNT}', leads.lead_id,
            unnest([accounts.attributes, json_object({OURS})])
        from {ACCOUNT_VERSIONS} as accounts
        inner join {LEADS} as leads using (account_id)
        cross join today
        where
            not accounts.is_gone
            and today.as_of_date between accounts.valid_from and accounts.valid_to
            and today.as_of_date between leads.valid_from and leads.valid_to
    ),
    named as (select *, unnest(json_keys(attributes)) as name from kept),
    known as (
        select
            prefix || name as signal, lead_id,
            {{{{ signal_value(
                'json_extract_string(attributes, ' ~ json_path('name') ~ ')'
            ) }}}} as value
        from named
    ),
    counted as (
        select signal, value, count(distinct lead_id) as leads
        from known where value is not null group by signal, value
    )
    select
        signal,
        sum(leads)::bigint,
        case
            when count(*) <= 20
                then string_agg(value, '|' order by leads desc, value)
        end
    from counted group by signal
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

    Without a warehouse that this version has scored there are no counts.
    """
    vocabulary = vocabulary_of(settings)
    counts = _counts(settings)
    signals, activities, of_columns, segments = counts or [{}, {}, {}, {}]
    console.print(_signals(vocabulary, of_columns | signals))
    console.print()
    if found := _segments(settings, segments):
        columns = ["signal", "ruleset", "leads"]
        console.print(as_table("Segments: signals that are yes or no", columns, found))
        console.print()
    console.print(_of_accounts(vocabulary))
    console.print()
    console.print(_activities(vocabulary, activities))
    console.print(
        "\nA rule names one value of a signal, or several joined by |; an activity "
        "rule one activity, or several."
    )
    if counts is None:
        console.print("The next score brings counts: `make score`.")


Counts = dict[str, tuple[Any, ...]]


def _counts(settings: Settings) -> list[Counts] | None:
    """Return what there is of each; None: it was not scored, or by an older version."""
    if not settings.warehouse.exists():
        return None
    of_columns = compiled(COLUMN_COUNTS, str)
    queries = (SIGNAL_COUNTS, ACTIVITY_COUNTS, of_columns, SEGMENT_COUNTS)
    with connect(settings, read_only=True) as warehouse:
        try:
            return [
                {row[0]: row[1:] for row in warehouse.execute(query).fetchall()}
                for query in queries
            ]
        except (duckdb.CatalogException, duckdb.BinderException):
            return None


def _segments(settings: Settings, counts: Counts) -> list[tuple[Any, ...]]:
    rules, _ = read_rules(rules_folder(settings))
    names = dict.fromkeys((row.segment, row.ruleset) for row in rules.segments)
    zero = (0,) if counts else (None,)
    return [
        (f"{SEGMENT}{name}", ruleset, *counts.get(f"{SEGMENT}{ruleset}.{name}", zero))
        for name, ruleset in names
    ]


def _signals(vocabulary: Vocabulary, counts: Counts) -> Table:
    zero = (0, None) if counts else (None, None)
    counted = sorted(name for name in counts if prefix_of(name))
    names = dict.fromkeys([*vocabulary.signal_names(), *counted])
    rows = [
        (name, *counts.get(name, zero), _description(name, vocabulary))
        for name in names
    ]
    return as_table("Signals", ["signal", "leads", "values", "what it is"], rows)


def _of_accounts(vocabulary: Vocabulary) -> Table:
    known = vocabulary.of_accounts().signals.values()
    outcome = " (outcome: it prices nothing)"
    rows = [
        (signal.name, signal.description + outcome * signal.is_outcome)
        for signal in known
    ]
    title = "Signals of accounts, for rulesets of the scorecard account"
    return as_table(title, ["signal", "what it is"], rows)


def _description(name: str, vocabulary: Vocabulary) -> str:
    outcome = " (outcome: for exclusions only)" if name in vocabulary.outcomes else ""
    if name in vocabulary.signals:
        return vocabulary.signals[name].description + outcome
    prefix = prefix_of(name)
    whose = "account's" if prefix == ACCOUNT else "CRM's"
    return f"The {whose} column {name.removeprefix(prefix)}, as delivered{outcome}"


def _activities(vocabulary: Vocabulary, counts: Counts) -> Table:
    zero = (0, 0) if counts else (None, None)
    rows = [
        (name, *counts.get(name, zero), description)
        for name, description in vocabulary.activities.items()
    ]
    return as_table("Activities", ["activity", "events", "leads", "what it is"], rows)
