"""Which values of a file no mapping knows: asked of the very SQL that dbt will run."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import jinja2
import yaml

from leadscore.settings import PROJECT, Settings
from leadscore.source_check.trial import Trial

DBT_PROJECT = PROJECT / "dbt_project"
MAPPINGS = DBT_PROJECT / "seeds" / "mappings"
SHOWN = 8

# What identity would make of one delivery by itself: each record is a lead, or an
# account, of its own.
ALONE = {
    "int_leads": """
        select
            *, source_row as valid_from, null as valid_to,
            false as attributes_backdated, split_part(email, '@', 2) as email_domain
        from {{ ref('stg_crm__leads') }}
    """,
    "int_crm_account_versions": """
        select *, source_row as valid_from, null as valid_to, false as is_gone
        from {{ ref('stg_crm__accounts') }}
    """,
}
LEADS = """
    {{ ref('int_lead_profiles') }} as found
    inner join {{ ref('int_leads') }} as records using (lead_id, valid_from)
"""
ACCOUNTS = """
    {{ ref('int_account_traits') }} as found
    inner join {{ ref('int_crm_account_versions') }} as records
        using (account_id, valid_from)
"""
EVENTS = "{{ ref('int_event_kinds') }}"
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


EVENT = Question(
    "kind of event", "activities", EVENTS, KIND, "activity is null", "event_count"
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
            "country", "countries", LEADS, "records.country", "country_code is null"
        ),
        Question(
            "lead source",
            "lead_sources",
            LEADS,
            "records.lead_source",
            "found.lead_source is null",
        ),
    ],
    "crm_accounts": [
        Question(
            "industry",
            "industries",
            ACCOUNTS,
            "records.industry",
            "found.industry is null",
        )
    ],
    "crm_activities": [EVENT],
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
    ],
}
EMAILS = f"""
    select coalesce(email_domain_type, 'no address') as kind, count(*)
    from {LEADS} inner join raw.crm_leads as delivered
        on records.source_row = delivered.source_row
    where delivered.email is not null
    group by kind order by count(*) desc, kind
"""
NOBODYS = """
    select count(*) from {{ ref('stg_crm__activities') }}
    where lead_id is null and email is null
    having count(*) > 0
"""


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
    """Builds models of the dbt project over what a trial has loaded, as asked for."""

    def __init__(self, trial: Trial, settings: Settings) -> None:
        """Prepare to read the user's mappings, or else ours."""
        self.connection = trial.connection
        self.folders = [settings.config / "mappings"] if settings.config else []
        self.folders.append(MAPPINGS)
        self.built: set[str] = set()
        self.models = {path.stem: path for path in DBT_PROJECT.glob("models/**/*.sql")}
        self.macros = "".join(
            path.read_text(encoding="utf-8")
            for path in sorted((DBT_PROJECT / "macros").glob("*.sql"))
        )
        self.jinja = jinja2.Environment(undefined=jinja2.StrictUndefined)
        self.jinja.globals |= {
            "ref": self.ref,
            "source": lambda schema, table: f"{schema}.{table}",
            "config": lambda **_: "",
        }
        for schema in ("mappings", "models"):
            self.connection.execute(f"create schema {schema}")

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
        return self.connection.execute(self._rendered(sql)).fetchall()

    def ref(self, name: str) -> str:
        """Return the table of a model or a mapping, built if it is not there yet."""
        is_mapping = name not in self.models
        table = f"{'mappings' if is_mapping else 'models'}.{name}"
        if table not in self.built:
            self.built.add(table)
            if is_mapping:
                self._read_mapping(name, table)
            else:
                sql = ALONE.get(name) or self.models[name].read_text(encoding="utf-8")
                self.connection.execute(
                    f"create table {table} as {self._rendered(sql)}"
                )
        return table

    def _rendered(self, sql: str) -> str:
        return self.jinja.from_string(self.macros + sql).render()

    def _read_mapping(self, name: str, table: str) -> None:
        path = next(
            folder / f"{name}.csv"
            for folder in self.folders
            if (folder / f"{name}.csv").exists()
        )
        text = (MAPPINGS / f"{name}.yml").read_text(encoding="utf-8")
        types = yaml.safe_load(text)["seeds"][0]["config"]["column_types"]
        self.connection.execute(
            f"create table {table} as "
            f"from read_csv(?, header = true, columns = ?, nullstr = '')",
            [str(path), types],
        )


def ask_all(models: Models, table: str) -> list[Answer]:
    """Return how much of a table's values the mappings know."""
    answers = [models.ask(question) for question in QUESTIONS.get(table, [])]
    return [answer for answer in answers if answer.rows]
