"""Scores leads as of cut-off days, and says which of them succeeded afterwards.

The models are those that score every day, over the warehouse as it is: a cut-off comes
out as `leadscore score --as-of` that day would have it.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import date, timedelta
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
from leadscore.judging.targets import SUCCESSES, Target
from leadscore.loading.row_sql import literal
from leadscore.models import (
    ACCOUNT_VERSIONS,
    FACTORS,
    KEPT_FACTORS,
    LEAD_ACTIVITY_DAYS,
    LEAD_FEEDBACK,
    LEAD_MEMBERS,
    LEAD_RESULTS,
    LEAD_SIGNALS,
    LEAD_TRAITS,
    LEAD_VERSIONS,
    PRICED_RULES,
    SIGNAL_VALUES,
    account_columns,
    is_of_events,
    name_of,
)
from leadscore.rules.check import vocabulary_of
from leadscore.rules.draft import rule_rows
from leadscore.rules.vocabulary import ACCOUNT, ATTRIBUTE, SIGNALS_OF_COLUMNS
from leadscore.runs import Run, current_run
from leadscore.settings import Settings
from leadscore.warehouse import connect, create_judged, fetch_column

# Of activities that no rule counts: done in so many days before the cut-off.
RECENT_DAYS = 90

# What is found once, whatever the cut-offs.
ONCE = {
    "successes": "target varchar, record_id varchar, succeeded_on date, amount double",
    "campaigns": "visitor_id varchar, campaign varchar, occurred_at timestamp",
}
CAMPAIGNS = """
    select
        visitor_id, arg_min(trim(utm_campaign), occurred_at) as campaign,
        min(occurred_at) as occurred_at
    from world.raw.web_events
    where
        trim(utm_campaign) != ''
        and batch_id in (select batch_id from world.raw.run_batches)
    group by visitor_id
"""

# Who is excluded that day is none to sell to. But what a first delivery says of earlier
# days may be what became of the lead since, a customer above all: then nobody is left
# out for it.
CUT_OFF_LEADS = f"""
    select
        $cut_off as cut_off, results.* exclude (
            span_id, valid_from, valid_to, completeness_pct, is_excluded,
            exclusion_reason, priority, queue, action, sla_hours, requested_at,
            demographic_points, firmographic_points, negative_points,
            adjustment_points
        )
    from {LEAD_RESULTS} as results
    inner join {LEAD_TRAITS} as traits using (span_id)
    where traits.attributes_backdated or not results.is_excluded
"""
CUT_OFF_PEOPLE = f"""
    with first_campaigns as (
        select
            members.lead_id,
            arg_min(campaigns.campaign, campaigns.occurred_at) as campaign
        from world.{LEAD_MEMBERS} as members
        inner join judging.campaigns as campaigns
            on members.identifier = campaigns.visitor_id
        where
            members.identifier_type = 'visitor'
            and $cut_off between members.valid_from and members.valid_to
            and {{{{ company_date('campaigns.occurred_at') }}}} <= $cut_off
        group by members.lead_id
    )
    select
        $cut_off as cut_off, traits.lead_id, traits.lead_source, traits.partner_id,
        first_campaigns.campaign,
        {{{{ company_date('traits.created_at') }}}} as created_date,
        traits.attributes_backdated
    from {LEAD_TRAITS} as traits
    left join first_campaigns using (lead_id)
"""
CUT_OFF_FACTORS = f"""
    select
        $cut_off as cut_off, rules.ruleset, factors.lead_id, rules.rule_id,
        sum(factors.points) as points
    from {KEPT_FACTORS} as factors
    inner join {PRICED_RULES} as rules using (rule_key)
    where not contains(rules.rule_id, ':')
    group by all
"""

# Whatever a rule might ask for, outcomes apart. Of several records the one that was
# changed last.
OURS = ", ".join(f"'{name}', accounts.{name}" for name in account_columns())
SIGNALS_THEN = f"""
    create temp table signals_then as
    with columns_kept as (
        select
            '{ATTRIBUTE}' as prefix, members.lead_id, versions.attributes,
            -- A source may not say when.
            coalesce(versions.updated_at, date '1900-01-01') as updated_at
        from world.{LEAD_VERSIONS} as versions
        inner join world.{LEAD_MEMBERS} as members
            on
                members.identifier_type = 'crm'
                and versions.lead_id = members.identifier
        where
            not versions.is_gone
            and $cut_off between versions.valid_from and versions.valid_to
            and $cut_off between members.valid_from and members.valid_to
        union all
        select
            '{ACCOUNT}', traits.lead_id,
            unnest([accounts.attributes, json_object({OURS})]), accounts.valid_from
        from world.{ACCOUNT_VERSIONS} as accounts
        inner join {LEAD_TRAITS} as traits using (account_id)
        where
            not accounts.is_gone
            and $cut_off between accounts.valid_from and accounts.valid_to
    ),
    named as (
        select *, unnest(json_keys(attributes)) as column_name from columns_kept
    ),
    of_columns as (
        select
            lead_id, prefix || column_name as name,
            arg_max(json_extract_string(
                attributes, {{{{ json_path('column_name') }}}}
            ), updated_at) as value
        from named
        group by lead_id, prefix || column_name
    )
    select
        traits.lead_id, signals.signal as name, spelled.value_text,
        spelled.value_number
    from {LEAD_SIGNALS} as signals
    inner join {LEAD_TRAITS} as traits using (span_id)
    inner join {SIGNAL_VALUES} as spelled
        on
            signals.signal = spelled.signal
            and signals.value is not distinct from spelled.value
    where not contains(signals.signal, '.')
    union all
    select
        lead_id, name, coalesce({{{{ signal_value('value') }}}}, '(missing)'),
        try_cast(value as decimal(20, 4))
    from of_columns
"""
# A signal tells leads into kinds, or by its size; what names each of them tells only
# that it is known. What sales notes may be of more kinds than a number needs to be one.
MOST_VALUES = 50
MOST_NUMBERS = 20
SIGNAL_KINDS = f"""
    create table judging.signal_kinds as
    select
        name,
        count(value_number) = count(*) filter (value_text != '(missing)')
        and count(distinct value_number) > {MOST_NUMBERS} as is_number,
        not is_number and count(distinct value_text) > {MOST_VALUES} as is_various
    from signals_then
    where list_contains($names, name)
    group by name
"""
CUT_OFF_FACTS = f"""
    select
        $cut_off as cut_off, lead_id, 'signal' as kind, name,
        case
            when is_number then null
            when is_various and value_text != '(missing)' then '*'
            else value_text
        end as value_text,
        if(is_number, value_number, null) as value_number
    from signals_then
    inner join judging.signal_kinds using (name)
    union all
    select
        $cut_off, lead_id, 'activity', activity, null, sum(event_count)
    from {LEAD_ACTIVITY_DAYS}
    where
        $cut_off between valid_from and valid_to
        and activity_date > $cut_off - {RECENT_DAYS}
        and activity_date <= $cut_off
    group by lead_id, activity
"""

# Who had succeeded by the cut-off is no lead any more: neither true nor false. Without
# days only who has succeeded at all is known.
OUTCOMES = f"""
    with of_leads as (
        select
            members.lead_id,
            min(coalesce(records.succeeded_on, date '1900-01-01')) as succeeded_on,
            sum(records.amount) filter (
                records.succeeded_on <= $horizon_ends
            ) as amount
        from world.{LEAD_MEMBERS} as members
        inner join judging.successes as records
            on members.identifier = records.record_id
        where
            records.target = $target
            and members.identifier_type = 'crm'
            and $cut_off between members.valid_from and members.valid_to
        group by members.lead_id
    )
    select
        $target as target, $cut_off as cut_off, people.lead_id,
        case
            when not $is_dated then of_leads.lead_id is not null
            when of_leads.succeeded_on <= $cut_off then null
            else coalesce(of_leads.succeeded_on <= $horizon_ends, false)
        end as has_succeeded,
        if(
            $is_dated and of_leads.succeeded_on <= $horizon_ends,
            of_leads.succeeded_on, null
        ) as succeeded_on,
        of_leads.amount
    from judging.cut_off_people as people
    left join of_leads using (lead_id)
    where people.cut_off = $cut_off
"""

# The leads that succeeded, and the day before they did; and who is concerned: they and
# their colleagues, who count in other_decision_makers.
DAYS_BEFORE = f"""
    create temp table days_before as
    select
        successes.target, members.lead_id, min(successes.succeeded_on) - 1 as day_before
    from judging.successes as successes
    inner join world.{LEAD_MEMBERS} as members
        on successes.record_id = members.identifier
    where
        members.identifier_type = 'crm'
        and successes.succeeded_on - 1 between members.valid_from and members.valid_to
    group by successes.target, members.lead_id
"""
CONCERNED = f"""
    create temp table concerned as
    with accounts as (
        select members.lead_id, versions.account_id
        from world.{LEAD_VERSIONS} as versions
        inner join world.{LEAD_MEMBERS} as members
            on
                members.identifier_type = 'crm'
                and versions.lead_id = members.identifier
    )
    select lead_id from days_before
    union
    select colleagues.lead_id
    from days_before
    inner join accounts using (lead_id)
    inner join accounts as colleagues on accounts.account_id = colleagues.account_id
"""
POINTS_BEFORE = f"""
    select days_before.*, results.ruleset, results.total_points
    from days_before
    inner join {LEAD_RESULTS} as results
        on
            days_before.lead_id = results.lead_id
            and days_before.day_before between results.valid_from and results.valid_to
"""

# The leads with a verdict, the newest that was given on each, and the day before it
# was given: a score of that day cannot follow from it.
FEEDBACK_BEFORE = f"""
    create temp table days_before as
    with newest as (
        select lead_id, identifier_type, identifier, verdict, given_date
        from world.{LEAD_FEEDBACK}
        where $as_of between valid_from and valid_to
        qualify row_number() over (
            partition by lead_id order by given_at desc, given_by, verdict
        ) = 1
    )
    select
        coalesce(members.lead_id, newest.lead_id) as lead_id, newest.verdict,
        newest.given_date - 1 as day_before
    from newest
    left join world.{LEAD_MEMBERS} as members
        on
            newest.identifier_type = members.identifier_type
            and newest.identifier = members.identifier
            and newest.given_date - 1 between members.valid_from and members.valid_to
    qualify row_number() over (
        partition by coalesce(members.lead_id, newest.lead_id)
        order by newest.given_date desc, newest.verdict
    ) = 1
"""
FEEDBACK_LEADS = f"""
    select
        rulesets.ruleset, days_before.lead_id, days_before.verdict,
        days_before.day_before, results.total_points, results.grade,
        results.engagement_level, results.stage
    from days_before
    cross join (select distinct ruleset from {LEAD_RESULTS}) as rulesets
    left join {LEAD_RESULTS} as results
        on
            days_before.lead_id = results.lead_id
            and rulesets.ruleset = results.ruleset
            and days_before.day_before between results.valid_from and results.valid_to
"""
FEEDBACK_FACTORS = f"""
    select
        results.ruleset, days_before.lead_id, rules.rule_id,
        sum(factors.points) as points
    from days_before
    inner join {LEAD_RESULTS} as results
        on
            days_before.lead_id = results.lead_id
            and days_before.day_before between results.valid_from and results.valid_to
    inner join {FACTORS} as factors
        on results.span_id = factors.span_id and results.ruleset = factors.ruleset
    inner join {PRICED_RULES} as rules using (rule_key)
    where not contains(rules.rule_id, ':')
    group by all
"""


@dataclass(frozen=True)
class CutOffs:
    """As of which days leads are scored for a target.

    Attributes:
        target: The target.
        days: Whose horizon has ended.
        unfinished: Month ends of which only early successes are known.
        is_dated: Whether it is known when leads succeeded. If not, the one day is the
            newest, and what is known of a lead may be younger than its success.
    """

    target: Target
    days: list[date]
    unfinished: list[date]
    is_dated: bool = True


class Judged:
    """Leads of cut-offs, in a DuckDB file of its own: the tables of JUDGED."""

    def __init__(
        self, settings: Settings, file: Path, rules: Path | None = None
    ) -> None:
        """Take a world, a file that is not there yet, and maybe a folder of rules."""
        self.settings = settings
        self.file = file
        self.rules = rules
        self.run = current_run(settings)
        with self.connect() as connection:
            create_judged(connection, "main")
            for table, columns in ONCE.items():
                connection.execute(f"create table {table} ({columns})")

    @contextmanager
    def connect(self) -> Iterator[duckdb.DuckDBPyConnection]:
        """Open the file, with as much memory as the warehouse may take."""
        config: dict[str, str | bool | int | float | list[str]] = {
            "memory_limit": self.settings.memory_limit,
            "threads": str(self.settings.threads),
        }
        with duckdb.connect(str(self.file), config=config) as connection:
            connection.execute("set enable_progress_bar = false")
            yield connection

    def plan(
        self, targets: list[Target], days: list[date] | None = None
    ) -> list[CutOffs]:
        """Find who succeeded when, and return the cut-offs of each target.

        Args:
            targets: The targets.
            days: The cut-offs; none: every month's last day.

        Raises:
            LeadscoreError: If the horizon of a given day has not ended.
        """
        with self._scoring(self.run.as_of_date) as built:
            _append(built, "campaigns", CAMPAIGNS, {})
            for target in targets:
                query = (
                    f"select $target as target, * from ({SUCCESSES[target.success]})"
                )
                _append(
                    built, "successes", query, vars(target) | {"target": target.name}
                )
            found = dict(
                built.connection.execute(
                    "select target, count(succeeded_on) > 0 from judging.successes "
                    "group by target"
                ).fetchall()
            )
        planned = [
            self._cut_offs(target, days, is_dated=found.get(target.name, True))
            for target in targets
        ]
        with self.connect() as connection:
            for cut_offs in planned:
                for day in [*cut_offs.days, *cut_offs.unfinished]:
                    connection.execute(
                        "insert into cut_offs values (?, ?, ?, ?, ?, ?)",
                        [
                            *(cut_offs.target.name, day, self.run.as_of_date),
                            *(day in cut_offs.days, cut_offs.is_dated),
                            self.run.inputs,
                        ],
                    )
        return planned

    def score(self, planned: list[CutOffs], *, facts: bool = True) -> Iterator[date]:
        """Score the leads of every cut-off and note what became of them.

        Args:
            planned: What `plan` returned.
            facts: Also note what no rule prices.

        Yields:
            Each day, when it is there.
        """
        days = sorted({day for cut_offs in planned for day in cut_offs.days})
        # The newest knows the most values of every signal.
        for day in reversed(days):
            with self._scoring(day) as built:
                for table in (LEAD_RESULTS, KEPT_FACTORS):
                    built.build(name_of(table))
                cut_off = {"cut_off": day}
                _append(built, "cut_off_people", CUT_OFF_PEOPLE, cut_off)
                _append(built, "cut_off_leads", CUT_OFF_LEADS, cut_off)
                _append(built, "cut_off_factors", CUT_OFF_FACTORS, cut_off)
                if facts:
                    self._note_facts(built, day, is_first=day == days[-1])
                for cut_offs in planned:
                    if day in cut_offs.days:
                        _append(built, "cut_off_outcomes", OUTCOMES, {
                            **cut_off,
                            "target": cut_offs.target.name,
                            "is_dated": cut_offs.is_dated,
                            "horizon_ends": day
                            + timedelta(days=cut_offs.target.horizon_days),
                        })  # fmt: skip
            yield day

    def _note_facts(self, built: Elsewhere, day: date, *, is_first: bool) -> None:
        for table in (LEAD_SIGNALS, SIGNAL_VALUES, LEAD_ACTIVITY_DAYS):
            built.build(name_of(table))
        built.connection.execute(built.compiled(SIGNALS_THEN), {"cut_off": day})
        if is_first:
            vocabulary = vocabulary_of(self.settings)
            names = set(vocabulary.signal_names()) - vocabulary.outcomes
            names -= {ATTRIBUTE + column for column in SIGNALS_OF_COLUMNS}
            built.connection.execute(SIGNAL_KINDS, {"names": sorted(names)})
        _append(built, "cut_off_facts", CUT_OFF_FACTS, {"cut_off": day})

    def score_days_before(self) -> None:
        """Note the points that leads had on the day before they succeeded."""
        with self._scratch() as connection:
            connection.execute(DAYS_BEFORE)
            if built := self._scored_before(connection):
                _append(built, "points_before", POINTS_BEFORE, {})

    def score_feedback(self) -> None:
        """Note the scores that leads had on the day before a verdict on them."""
        with self._scratch() as connection:
            connection.execute(FEEDBACK_BEFORE, {"as_of": self.run.as_of_date})
            if built := self._scored_before(connection):
                built.build(name_of(FACTORS))
                _append(built, "feedback_leads", FEEDBACK_LEADS, {})
                _append(built, "feedback_factors", FEEDBACK_FACTORS, {})

    def _scored_before(self, connection: duckdb.DuckDBPyConnection) -> Elsewhere | None:
        """Score the leads of the table days_before on its days; None if it is empty."""
        for query in (CONCERNED, THEIR_IDENTIFIERS):
            connection.execute(query)
        first, last = connection.execute(
            "select min(day_before), max(day_before) from days_before"
        ).fetchone() or (None, None)
        if first is None:
            return None
        run = replace(self.run, from_date=first, as_of_date=last, compared_date=first)
        built = Elsewhere(connection, self._given_of_concerned, vars(run))
        built.build(name_of(LEAD_RESULTS))
        return built

    def _cut_offs(
        self, target: Target, days: list[date] | None, *, is_dated: bool
    ) -> CutOffs:
        newest = self.run.as_of_date
        if not is_dated and days not in (None, [], [newest]):
            raise LeadscoreError(
                f"Nobody says when leads succeeded by the target {target.name}: they "
                f"are judged as they are known on {newest}, and at no other cut-off."
            )
        if not is_dated:
            return CutOffs(target, [newest], [], is_dated=False)
        ended = newest - timedelta(days=target.horizon_days)
        if late := [str(day) for day in days or () if day > ended]:
            raise LeadscoreError(
                f"The {target.horizon_days} days after {', '.join(late)} have not "
                f"ended: only who succeeded early would be known. Choose days up to "
                f"{ended}."
            )
        ends = [
            day
            for day in self._month_ends()
            if target.from_date is None or day >= target.from_date
        ]
        return CutOffs(
            target,
            days or [day for day in ends if day <= ended],
            [day for day in ends if day > ended],
        )

    def _month_ends(self) -> list[date]:
        """Return the last day of every month with leads that is over."""
        with connect(self.settings, read_only=True) as warehouse:
            (first,) = fetch_column(
                warehouse, f"select min(valid_from) from {LEAD_MEMBERS}"
            )
        days = []
        month = (first or self.run.as_of_date).replace(day=1)
        while month <= self.run.as_of_date:
            month = (month + timedelta(days=31)).replace(day=1)
            days.append(month - timedelta(days=1))
        return [day for day in days if day <= self.run.as_of_date]

    @contextmanager
    def _scoring(self, day: date) -> Iterator[Elsewhere]:
        with self._scratch() as connection:
            run: Run = replace(
                self.run, from_date=day, as_of_date=day, compared_date=day
            )
            yield Elsewhere(connection, self._given, vars(run))

    @contextmanager
    def _scratch(self) -> Iterator[duckdb.DuckDBPyConnection]:
        with (
            tempfile.TemporaryDirectory(prefix="leadscore-") as folder,
            scratch_beside(self.settings, Path(folder)) as connection,
            refusing_older(self.settings),
        ):
            connection.execute(f"attach {literal(str(self.file))} as judging")
            yield connection

    def _given(self, table: str) -> str | None:
        """Return what stands for what does not depend on the scored day."""
        schema = table.partition(".")[0]
        if schema == "rules" and self.rules:
            return rule_rows(self.rules, name_of(table))
        if schema in {"rules", "mappings", "raw", "staging"} or is_of_events(table):
            return f"from world.{table}"
        return None

    def _given_of_concerned(self, table: str) -> str | None:
        if table.startswith("rules.") and self.rules:
            return rule_rows(self.rules, name_of(table))
        return given_of_concerned(table)


def _append(
    built: Elsewhere, table: str, query: str, parameters: Mapping[str, object]
) -> None:
    """Add a query's rows to a table of the file; of parameters it takes those named."""
    sql = built.compiled(query)
    named = {name: value for name, value in parameters.items() if f"${name}" in sql}
    built.connection.execute(f"create temp table found as {sql}", named)
    built.connection.execute(f"insert into judging.{table} by name from found")
    built.connection.execute("drop table found")
