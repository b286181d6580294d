"""Which values of a file no mapping knows: asked of the very SQL that dbt will run."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from typing import Any

import yaml

from leadscore import models
from leadscore.dbt_runner import LATER_COLUMNS
from leadscore.elsewhere import Elsewhere
from leadscore.errors import counted
from leadscore.loading.row_sql import escaped, literal
from leadscore.settings import MAPPINGS, Settings
from leadscore.source_check.trial import Trial, mapping_files

SHOWN = 8


def _ref(table: str) -> str:
    return f"{{{{ ref('{models.name_of(table)}') }}}}"


# What identity would make of one delivery by itself: each record is a lead, or an
# account, of its own, and nothing has been done.
ALONE = {
    models.LEADS: f"""
        select
            *, source_row as valid_from, null as valid_to,
            false as attributes_backdated, split_part(email, '@', 2) as email_domain
        from {_ref(models.STAGED_LEADS)}
    """,
    models.ACCOUNT_VERSIONS: f"""
        select *, source_row as valid_from, null as valid_to, false as is_gone
        from {_ref(models.STAGED_ACCOUNTS)}
    """,
    models.LEAD_SPANS: f"""
        select *, valid_from as lead_valid_from, source_row as span_id
        from {_ref(models.LEADS)}
    """,
    models.ACCOUNT_ENGAGEMENT: f"""
        select *, []::varchar[] as decision_makers
        from {_ref(models.ACCOUNT_VERSIONS)} where false
    """,
    models.LEAD_OPPORTUNITY_STATES: f"""
        select *, null as opportunity from {_ref(models.LEADS)} where false
    """,
    models.LEAD_LAST_ACTIVITIES: f"""
        select
            *, valid_from as as_of_date, valid_from as last_engagement_date,
            null as last_engagement_at, null as last_touched_at
        from {_ref(models.LEADS)} where false
    """,
}
LEADS = f"""
    {_ref(models.LEAD_TRAITS)} as found
    inner join {_ref(models.LEADS)} as records using (lead_id, valid_from)
"""
ACCOUNTS = f"""
    {_ref(models.ACCOUNT_TRAITS)} as found
    inner join {_ref(models.ACCOUNT_VERSIONS)} as records
        using (account_id, valid_from)
"""
EVENTS = _ref(models.EVENT_KINDS)
STATUSES = _ref(models.STATUSES)
# Where the CRM's own words for won and closed are not there, the stage decides.
STAGES = f"""(
    select records.*, found.meaning
    from {_ref(models.STAGED_OPPORTUNITIES)} as records
    left join {STATUSES} as found
        on found.field = 'opportunity_stage' and records.stage = found.value
)"""
KIND = (
    "concat_ws(', ', event_type, nullif(event_name, ''), nullif(outcome, ''), "
    "nullif(detail, ''))"
)


@dataclass(frozen=True)
class Question:
    """What to ask of a table's rows.

    Attributes:
        about: What the values are.
        mapping: The file that could know them.
        rows: Where the values and what was found for them stand.
        value: A value.
        unknown: Whether nothing was found for it.
        count: How many rows of the file a row stands for.
        given: Whether a row is asked about at all.
    """

    about: str
    mapping: str
    rows: str
    value: str
    unknown: str
    count: str = "1"
    given: str = "true"


def _status(about: str) -> Question:
    """Return the question about the words of one field of the seed statuses."""
    field = about.replace(" ", "_")
    return Question(
        about,
        "statuses",
        STATUSES,
        "value",
        "meaning is null",
        "record_count",
        f"field = '{field}'",
    )


EVENT = Question(
    "kind of event",
    "activities",
    EVENTS,
    KIND,
    "activity is null and type_meaning is null",
    "event_count",
)
OUTCOME = Question(
    "outcome",
    "statuses",
    EVENTS,
    KIND,
    "activity is null and outcome_meaning is null",
    "event_count",
    "outcome != ''",
)
QUESTIONS = {
    "crm_leads": [
        Question(
            "job title",
            "job_titles",
            LEADS,
            "records.job_title",
            "seniority is null and department is null",
        ),
        Question(
            "country", "countries", LEADS, "records.country", "found.country is null"
        ),
        Question(
            "lead source",
            "lead_sources",
            LEADS,
            "records.lead_source",
            "found.lead_source is null",
        ),
        Question(
            "industry",
            "industries",
            LEADS,
            "records.industry",
            "found.industry is null",
        ),
        _status("lead status"),
        _status("lifecycle stage"),
    ],
    "crm_accounts": [
        Question(
            "industry",
            "industries",
            ACCOUNTS,
            "records.industry",
            "found.industry is null",
        ),
        _status("account type"),
        _status("lifecycle stage"),
        Question(
            "currency of revenue",
            "revenue_bands",
            ACCOUNTS,
            "records.currency",
            "found.annual_revenue is null",
            given="records.annual_revenue is not null",
        ),
    ],
    "crm_opportunities": [
        Question(
            "opportunity stage",
            "statuses",
            STAGES,
            "stage",
            "meaning is null",
            given="is_won is not true and is_closed is null and closed_at is null",
        )
    ],
    "crm_activities": [EVENT, OUTCOME],
    "email_events": [EVENT],
    "web_events": [
        EVENT,
        Question(
            "page",
            "page_categories",
            EVENTS,
            "url_path",
            "page_category = ''",
            "event_count",
            "event_type = 'page_view'",
        ),
        Question(
            "host",
            "site_hosts",
            _ref(models.SITE_HOSTS),
            "url_host",
            "kind is null",
            "event_count",
        ),
    ],
    "feedback": [
        Question(
            "feedback verdict",
            "statuses",
            _ref(models.FEEDBACK_WORDS),
            "value",
            "meaning is null",
            "verdict_count",
        )
    ],
}
NO_ADDRESS = "no address"
EMAILS = f"""
    select
        coalesce(email_domain_type, '{NO_ADDRESS}') as kind, count(*),
        min(delivered.email)
    from {LEADS} inner join raw.crm_leads as delivered
        on records.source_row = delivered.source_row
    where delivered.email is not null
    group by kind order by count(*) desc, kind
"""
# Tables of which a row should name one of two things.
NOBODYS = {
    "crm_activities": (models.STAGED_ACTIVITIES, "lead_id", "email"),
    "crm_opportunities": (models.STAGED_OPPORTUNITIES, "lead_id", "account_id"),
}


@dataclass(frozen=True)
class Answer:
    """How much of what was asked the mappings know.

    Attributes:
        question: What was asked.
        rows: Rows with such a value.
        known: Rows with a value that the mapping knows.
        unknown: The most frequent of the other values, and how often they stand there.
        more: How many other values are not listed.
    """

    question: Question
    rows: int
    known: int
    unknown: list[tuple[str, int]]
    more: int


class Models:
    """Models of the dbt project over what a trial has loaded, as asked for."""

    def __init__(self, trial: Trial, settings: Settings) -> None:
        """Prepare to read the user's mappings, or else ours."""
        self.connection = trial.connection
        self.files = mapping_files(settings)
        run = {"time_zone": settings.time_zone}
        self.built = Elsewhere(self.connection, self._given, run)

    def ask(self, question: Question) -> Answer:
        """Return how much of what is asked the mappings know."""
        rows = self.rows(
            f"select {question.value} as value, sum({question.count})::bigint, "
            f"bool_and({question.unknown}) from {question.rows} "
            f"where {question.given} and nullif({question.value}, '') is not null "
            f"group by value order by 2 desc, value"
        )
        unknown = [(value, count) for value, count, missed in rows if missed]
        return Answer(
            question,
            rows=sum(count for _, count, _ in rows),
            known=sum(count for _, count, missed in rows if not missed),
            unknown=unknown[:SHOWN],
            more=len(unknown[SHOWN:]),
        )

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        """Return the rows of a query that may use models."""
        return self.connection.execute(self.built.compiled(sql)).fetchall()

    def _given(self, table: str) -> str | None:
        return (
            self._mapping(table) if table.startswith("mappings.") else ALONE.get(table)
        )

    def _mapping(self, table: str) -> str:
        name = models.name_of(table)
        file = self.files[name]
        text = (MAPPINGS / f"{name}.yml").read_text(encoding="utf-8")
        types = yaml.safe_load(text)["seeds"][0]["config"]["column_types"]
        with file.open(encoding="utf-8-sig", errors="replace", newline="") as opened:
            header = next(csv.reader(opened), [])
        later = [c for c in LATER_COLUMNS.get(file.name, ()) if c not in header]
        empty = "".join(f", null::{types.pop(column)} as {column}" for column in later)
        return (
            f"select *{empty} from read_csv({literal(escaped(file))}, header = true, "
            f"columns = {types}, nullstr = '')"
        )


def nobodys(models: Models, table: str) -> str:
    """Say how many rows name nobody, if there are some."""
    if table not in NOBODYS:
        return ""
    staged, *names = NOBODYS[table]
    missing = " and ".join(f"{name} is null" for name in names)
    ((rows,),) = models.rows(f"select count(*) from {_ref(staged)} where {missing}")
    return f"{counted(rows, 'row')} without {' or '.join(names)}" if rows else ""


def ask_all(models: Models, table: str) -> list[Answer]:
    """Return how much of a table's values the mappings know."""
    answers = [models.ask(question) for question in QUESTIONS.get(table, [])]
    return [answer for answer in answers if answer.rows]
