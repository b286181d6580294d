"""What Python knows of the dbt project's models: names, each once, and their SQL.

Published tables are named by the contract, which code that reads them says as it is.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import jinja2
import yaml

from leadscore.settings import DBT_PROJECT

ACCOUNT_DOMAINS = "intermediate.int_account_domains"
ACCOUNT_ENGAGEMENT = "intermediate.int_account_engagement"
ACCOUNT_TRAITS = "intermediate.int_account_traits"
ACCOUNT_VERSIONS = "intermediate.int_crm_account_versions"
ACTIVITY_DAYS = "intermediate.int_activity_days"
EVENT_KINDS = "intermediate.int_event_kinds"
FEEDBACK_WORDS = "intermediate.int_feedback_words"
IDENTITY_MEMBERS = "intermediate.int_identity_members"
IDENTITY_REFUSALS = "intermediate.int_identity_refusals"
LEADS = "intermediate.int_leads"
LEAD_ACTIVITY_DAYS = "intermediate.int_lead_activity_days"
LEAD_FEEDBACK = "intermediate.int_lead_feedback"
LEAD_LAST_ACTIVITIES = "intermediate.int_lead_last_activities"
LEAD_MEMBERS = "intermediate.int_lead_members"
LEAD_OPPORTUNITY_STATES = "intermediate.int_lead_opportunity_states"
LEAD_RETURNS = "intermediate.int_lead_returns"
LEAD_SIGNALS = "intermediate.int_lead_signals"
LEAD_SPANS = "intermediate.int_lead_spans"
LEAD_TRAITS = "intermediate.int_lead_traits"
LEAD_VERSIONS = "intermediate.int_crm_lead_versions"
MAILBOXES = "intermediate.int_mailboxes"
NOBODY_IDS = "intermediate.int_nobody_ids"
OPPORTUNITY_LEADS = "intermediate.int_opportunity_leads"
OPPORTUNITY_STATES = "intermediate.int_opportunity_states"
SIGNAL_VALUES = "intermediate.int_signal_values"
SITE_HOSTS = "intermediate.int_site_hosts"
STAGED_ACCOUNTS = "staging.stg_crm__accounts"
STAGED_ACTIVITIES = "staging.stg_crm__activities"
STAGED_LEADS = "staging.stg_crm__leads"
STAGED_OPPORTUNITIES = "staging.stg_crm__opportunities"
STATUSES = "intermediate.int_statuses"

ACCOUNT_FACTS = "scoring.account_facts"
FACTORS = "scoring.factors"
KEPT_COUNTS = "scoring.kept_counts"
KEPT_FACTORS = "scoring.kept_factors"
KEPT_RULES = "scoring.kept_rules"
LEAD_RESULTS = "scoring.lead_results"
PRICED_RULES = "scoring.priced_rules"
RULESET_FINGERPRINTS = "scoring.ruleset_fingerprints"
SEGMENT_MEMBERS = "scoring.segment_members"

LEAD_CONTACTS = "marts.lead_contacts"
LEAD_SCORES = "marts.lead_scores"
NEW_ASSIGNMENTS = "scoring.new_assignments"

LEAD_SCORE_CHANGES = "marts.lead_score_changes"
LEAD_SCORES_ALL = "marts.lead_scores_all"
LEAD_SCORE_FACTORS = "marts.lead_score_factors"
LEAD_SCORE_HISTORY = "marts.lead_score_history"
LEAD_SCORE_SUMMARY = "marts.lead_score_summary"
ROWS_OF_NOBODY = "marts.rows_of_nobody"
UNCOUNTED_EVENTS = "marts.uncounted_events"
UNKNOWN_WORDS = "marts.unknown_words"


# Of the intermediate layer: what does not depend on the scored day.
EVENT_FOLDERS = ("crm", "activity", "identity")

# What a model's SQL says instead of the table of a model or seed that it names.
Ref = Callable[[str], str]

# The columns of raw.run.
Run = Mapping[str, object] | None


@dataclass(frozen=True)
class Description:
    """What a table and its columns mean.

    Attributes:
        table: One row per what, and for what it is.
        columns: The meaning of each column.
    """

    table: str
    columns: Mapping[str, str]


def name_of(table: str) -> str:
    """Return a table's name without its schema: as models call it, or as published."""
    return table.rpartition(".")[2]


def table_of(name: str) -> str:
    """Return the table of a model or seed, in the schema that dbt_project.yml says."""
    _, layer, *folders = _path_of(name).relative_to(DBT_PROJECT).parts
    return f"{'scoring' if 'parts' in folders else layer}.{_alias_of(name)}"


@cache
def _alias_of(name: str) -> str:
    """Return what a model's table is called: another name if a seed has the model's."""
    text = _path_of(name).read_text(encoding="utf-8")
    alias = re.search(r"^{{ config\(alias='(\w+)'\) }}", text)
    return alias[1] if alias else name


def is_view(name: str) -> bool:
    """Return whether dbt makes a view of a model, not a table."""
    path = _path_of(name)
    text = path.read_text(encoding="utf-8")
    return table_of(name).startswith("staging.") or "materialized='view'" in text


@cache
def mart_of(table: str) -> str | None:
    """Return the model whose table in the schema marts has a name, if there is one."""
    marts = [name for name, path in _paths().items() if "marts" in path.parts]
    return next((name for name in marts if _alias_of(name) == table), None)


@cache
def described(name: str) -> Description:
    """Return what the YAML beside a model says that it and its columns mean."""

    def told(text: str) -> str:
        rendered = _jinja().from_string(text).render(doc=_docs().__getitem__)
        return " ".join(rendered.split())

    path = _path_of(name).with_suffix(".yml")
    (model,) = yaml.safe_load(path.read_text(encoding="utf-8"))["models"]
    columns = {
        column["name"]: told(column["description"]) for column in model["columns"]
    }
    return Description(told(model["description"]), columns)


@cache
def types_of(name: str) -> Mapping[str, str]:
    """Return the type of each column of a mart, as its contract says."""
    path = _path_of(name).with_suffix(".yml")
    model = yaml.safe_load(path.read_text(encoding="utf-8"))["models"][0]
    return {column["name"]: column["data_type"] for column in model["columns"]}


def is_of_events(table: str) -> bool:
    """Return whether a table is a model's that does not depend on the scored day."""
    folders = _path_of(name_of(table)).relative_to(DBT_PROJECT).parts[1:3]
    return folders in {("intermediate", folder) for folder in EVENT_FOLDERS}


def sql_of(name: str, ref: Ref, run: Run = None) -> str:
    """Return the SQL of a model, as dbt would compile it for a run.

    Args:
        name: The model.
        ref: Returns what stands there for a model or seed by its name.
        run: The run; None for a model that does not ask for it.
    """
    text = _path_of(name).read_text(encoding="utf-8")
    return compiled(text, ref, run)


def compiled(text: str, ref: Ref, run: Run = None) -> str:
    """Return SQL with its Jinja filled in; arguments as in sql_of."""
    known = {
        "ref": ref,
        "source": lambda schema, table: f"{schema}.{table}",
        "config": lambda **_: "",
        "this_run": lambda column: (run or {}).get(column, ""),
        "return": _return,
    }
    known |= {name: _macro(name, known) for name in _macros()}
    return _jinja().from_string(text).render(known)


@cache
def dimensions() -> tuple[str, ...]:
    """Return the parts of a score that have rules of their own."""
    return tuple(_macro("dimensions", {"return": _return})())


@cache
def account_columns() -> tuple[str, ...]:
    """Return the columns of ours that are signals as `account.<column>` alone."""
    return tuple(_macro("account_columns", {"return": _return})())


@cache
def account_signals() -> tuple[str, ...]:
    """Return the columns of account_facts that are signals of an account."""
    return tuple(_macro("account_signals", {"return": _return})())


@cache
def traits() -> frozenset[str]:
    """Return the columns of int_lead_traits that may be signals."""
    columns = described(name_of(LEAD_TRAITS)).columns.keys()
    return frozenset(columns - set(_macro("no_signals", {"return": _return})()))


@cache
def refs_of(name: str) -> frozenset[str]:
    """Return the models and seeds that a model names."""
    found: set[str] = set()

    def note(other: str) -> str:
        found.add(other)
        return other

    if _path_of(name).suffix == ".sql":
        sql_of(name, note)
    return frozenset(found)


@cache
def reads(name: str, schema: str) -> bool:
    """Return whether a model or seed is of a schema, or reads one that is."""
    return table_of(name).startswith(f"{schema}.") or any(
        reads(other, schema) for other in refs_of(name)
    )


@cache
def _jinja() -> jinja2.Environment:
    return jinja2.Environment(undefined=jinja2.StrictUndefined)


@cache
def _macros() -> dict[str, jinja2.Template]:
    """Return the project's macros but those in folders, which work in dbt alone."""
    return {
        path.stem: _jinja().from_string(path.read_text(encoding="utf-8"))
        for path in (DBT_PROJECT / "macros").glob("*.sql")
    }


def _macro(name: str, known: dict[str, Any]) -> Callable[..., Any]:
    """Return a macro, whose file has its name, as dbt calls it."""

    def call(*arguments: Any, **named: Any) -> Any:
        module = _macros()[name].make_module(known)
        try:
            return getattr(module, name)(*arguments, **named)
        except _Returned as returned:
            return returned.value

    return call


class _Returned(Exception):
    """Leaves a macro with a value that is no text."""

    def __init__(self, value: object) -> None:
        self.value = value


def _return(value: object) -> None:
    raise _Returned(value)


@cache
def _docs() -> dict[str, str]:
    """Return what columns of several models mean, by the name of the text."""
    block = re.compile(r"{% docs (\w+) %}(.*?){% enddocs %}", re.DOTALL)
    paths = sorted((DBT_PROJECT / "models").glob("**/*.md"))
    return {
        name: text
        for path in paths
        for name, text in block.findall(path.read_text(encoding="utf-8"))
    }


@cache
def _paths() -> dict[str, Path]:
    patterns = ("models/**/*.sql", "seeds/**/*.csv")
    return {path.stem: path for p in patterns for path in DBT_PROJECT.glob(p)}


def _path_of(name: str) -> Path:
    return _paths()[name]
