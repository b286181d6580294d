"""All that is published of one lead, and its page."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from itertools import groupby, pairwise
from typing import Any

from leadscore.errors import counted
from leadscore.judging.wording import MINUS, NONE, percent
from leadscore.models import dimensions
from leadscore.report import charts
from leadscore.report.page import Shown, first_of, write
from leadscore.report.parts import Figure, Row, Section, Table

MATES_SHOWN = 30
CHANGES_SHOWN = 60

CONTACT = "select lead_contacts.* from lead_contacts where lead_id = $1"
ASSIGNMENT = (
    "select * exclude (lead_id, as_of_date) from lead_assignments where lead_id = $1"
)
FACTORS = """
    select
        dimension, rule_group, rule_id, points, reason, occurrences, days, first_at,
        last_at
    from lead_score_factors where lead_id = $1 and ruleset = $2
    order by starts_with(rule_id, 'cap:'), abs(points) desc, rule_id
"""
HISTORY = """
    select as_of_date, total_points, score, grade, engagement_level, stage, is_mql
    from lead_score_history where lead_id = $1 and ruleset = $2 order by as_of_date
"""
CHANGES = """
    select as_of_date, previous_date, cause, rule_id, points_change, reason
    from lead_score_changes where lead_id = $1 and ruleset = $2
    order by as_of_date desc, abs(points_change) desc, rule_id, cause
"""
EVENTS = """
    select * exclude (lead_id) from lead_score_events where lead_id = $1
    order by event_date desc, alert, direction
"""
FEEDBACK = """
    select
        feedback.verdict, coalesce(owners.name, feedback.given_by) as given_by,
        feedback.given_at
    from lead_feedback as feedback
    left join owners on feedback.given_by = owners.owner_id
    where feedback.lead_id = $1 order by feedback.given_at desc, feedback.given_by
"""
MATES = """
    select
        mates.lead_id, mates.score, mates.segment, mates.stage, mates.seniority,
        mates.department, concat_ws(' ', first_name, last_name) as name
    from lead_scores as lead
    inner join lead_scores as mates
        on lead.account_id = mates.account_id and lead.lead_id != mates.lead_id
    left join lead_contacts on mates.lead_id = lead_contacts.lead_id
    where lead.lead_id = $1 order by mates.total_points desc, mates.lead_id
"""

# What is known of a lead beside its score, each in a list of its own.
OF_LEAD = {
    "next_steps": "select * exclude (lead_id, ruleset) from lead_next_steps "
    "where lead_id = $1 and ruleset = $2 order by step",
    "factors": FACTORS,
    "changes": CHANGES,
    "history": HISTORY,
    "events": EVENTS,
    "probabilities": "select target, horizon_days, probability, low, high "
    "from lead_score_probabilities where lead_id = $1 and ruleset = $2 order by target",
    "attributes": "select name, value from lead_attributes where lead_id = $1 "
    "order by name",
    "identities": "select identifier_type, identifier, since, until, reason "
    "from lead_identities where lead_id = $1 "
    "order by until is not null, since, identifier",
    "duplicates": "select record_id, is_kept, reason, since from lead_duplicates "
    "where lead_id = $1 order by is_kept desc, record_id",
    "outcomes": "select * exclude (lead_id) from lead_outcomes where lead_id = $1",
    "feedback": FEEDBACK,
    "account_mates": MATES,
}


def about(shown: Shown, lead_id: str) -> dict[str, Any] | None:
    """Return what is published of a lead; None if there is no such lead.

    Args:
        shown: The build.
        lead_id: The lead's id.

    Returns:
        The row of lead_scores, those of its contacts, account, account's score, owner
        and of lead_assignments as `contact`, `account`, `account_score`, `owner` and
        `assignment`, and the lists of OF_LEAD. The owner is that of the CRM, or else
        whom routing gave it to.
    """
    scores = shown.rows(
        "select *, timezone($1, timezone('UTC', due_at)) as due, "
        "if(is_overdue, 'Overdue since', 'Until') as due_words "
        "from lead_scores where lead_id = $2",
        [shown.time_zone, lead_id],
    )
    if not scores:
        return None
    [score] = scores
    found = {**score, "contact": _one(shown.rows(CONTACT, [lead_id]))}
    found["account"] = _one(
        shown.rows("from accounts where account_id = ?", [score["account_id"]])
    )
    found["account_score"] = _one(
        shown.rows("from account_scores where account_id = ?", [score["account_id"]])
    )
    found["assignment"] = _one(shown.rows(ASSIGNMENT, [lead_id]))
    owner_id = (found["assignment"] or score)["owner_id"]
    found["owner"] = _one(shown.rows("from owners where owner_id = ?", [owner_id]))
    for name, query in OF_LEAD.items():
        asked = [lead_id, score["ruleset"]]
        found[name] = shown.rows(query, asked if "$2" in query else asked[:1])
    return found


def page(shown: Shown, lead: dict[str, Any]) -> str:
    """Return a lead's page as HTML."""
    contact, assignment = lead["contact"], lead["assignment"] or {}
    name = " ".join(filter(None, (contact["first_name"], contact["last_name"])))
    return write(
        "lead",
        lead=lead,
        contact=contact,
        points=_number(lead["total_points"]),
        name=name or lead["lead_id"],
        company=(lead["account"] or {}).get("name") or contact["company_name"],
        owner=(lead["owner"] or {}).get("name")
        or assignment.get("owner_id", lead["owner_id"]),
        why_theirs=assignment.get("why"),
        sections=[
            _next_steps(lead),
            _factors(lead),
            _history(lead),
            *_account(lead),
            *_feedback(lead),
            *_beside(shown, lead),
        ],
    )


def _one(rows: list[Row]) -> Row | None:
    return rows[0] if rows else None


def _next_steps(lead: dict[str, Any]) -> Section:
    told = [step["sentence"] for step in lead["next_steps"]]
    if lead["is_excluded"]:
        told = [f"Excluded: {lead['exclusion_reason']}."]
    elif until := lead["qualifies_until"]:
        told.append(f"Qualifies until {until}, if nothing more happens.")
    return Section("What comes next", told or ["There is nothing above this."])


def _factors(lead: dict[str, Any]) -> Section:
    """Return every factor with its dates, and the sums of the parts."""
    parts = []
    by_dimension = sorted(lead["factors"], key=lambda row: str(row["dimension"]))
    groups = {name: list(rows) for name, rows in groupby(by_dimension, _dimension)}
    for dimension in (*dimensions(), "adjustment"):
        rows = groups.get(dimension, [])
        total = lead[f"{dimension}_points"]
        if not rows and not total:
            continue
        cells = [
            [
                *(row["reason"], _points(row["points"]), _day(row["first_at"])),
                *(_day(row["last_at"]), row["rule_id"]),
            ]
            for row in rows
        ]
        parts.append(
            Table(
                f"{dimension}: {_points(total)}",
                ["because", "points", "first", "last", "rule"],
                cells,
            )
        )
    told = f"They sum to {_number(lead['total_points'])} points."
    return Section("Where the score comes from", [told], tables=parts)


def _dimension(row: Row) -> str:
    return str(row["dimension"])


def _history(lead: dict[str, Any]) -> Section:
    history = lead["history"]
    section = Section("How it came to this")
    if len(history) > 1:
        told = [(row["as_of_date"], float(row["total_points"])) for row in history]
        section.figures.append(
            Figure("Total points", charts.points_over_time(told), _turns(history))
        )
    rows = lead["changes"]
    if rows:
        cells = [
            [
                *(str(row["as_of_date"]), _points(row["points_change"]), row["cause"]),
                row["reason"] or row["rule_id"],
            ]
            for row in rows[:CHANGES_SHOWN]
        ]
        note = first_of(rows, CHANGES_SHOWN)
        columns = ["day", "points", "cause", "what"]
        section.tables.append(Table("What changed", columns, cells, note))
    else:
        section.sentences.append("Its points have not changed on the days kept.")
    if events := lead["events"]:
        cells = [
            [
                *(str(row["event_date"]), row["alert"], row["direction"]),
                *(row["message"], row["untold_because"] or NONE),
            ]
            for row in events
        ]
        columns = ["day", "alert", "it", "what", "not told because"]
        section.tables.append(Table("What it crossed", columns, cells))
    return section


def _turns(history: list[Row]) -> str:
    """Say on which days a grade or stage became another one."""
    told = []
    for before, row in pairwise(history):
        for what in ("grade", "stage"):
            if before[what] != row[what]:
                told.append(f"{row['as_of_date']}: {before[what]} → {row[what]}")
    if not told:
        return f"Grade {history[-1]['grade']}, stage {history[-1]['stage']} all along."
    return f"Grades and stages: {'; '.join(told[-8:])}."


def _account(lead: dict[str, Any]) -> list[Section]:
    """Return how its company stands; nothing of a lead without one."""
    score = lead["account_score"]
    if score is None:
        return []
    told = [
        f"Stage {score['stage'] or NONE}, grade {score['grade']}, "
        f"{_number(score['total_points'])} points.",
        f"{score['buying_group']}.",
    ]
    if score["top_reasons"]:
        told.append(f"Because: {score['top_reasons']}.")
    return [Section("Its account", told)]


def _feedback(lead: dict[str, Any]) -> list[Section]:
    """Return what those who worked with it say of it, if anybody does."""
    if not lead["feedback"]:
        return []
    cells = [
        [_day(row["given_at"]), row["verdict"].replace("_", " "), row["given_by"]]
        for row in lead["feedback"]
    ]
    told = ["It judges the score, and gives and takes no points."]
    if note := lead["contact"]["feedback_note"]:
        told.append(f"The newest note: {note}")
    table = Table("Newest first", ["day", "verdict", "given by"], cells)
    return [Section("What reps say", told, tables=[table])]


def _beside(shown: Shown, lead: dict[str, Any]) -> list[Section]:
    sections = []
    for title, rows, columns in (
        (
            "What became of it",
            lead["outcomes"],
            {name: name.replace("_", " ") for row in lead["outcomes"] for name in row},
        ),
        (
            "How probable it is",
            lead["probabilities"],
            {"target": "target", "horizon_days": "days", "probability": "probability"},
        ),
        ("Fields of your own", lead["attributes"], {"name": "field", "value": "value"}),
        (
            "Who that is",
            lead["identities"],
            {
                "identifier": "known by",
                "identifier_type": "kind",
                "since": "since",
                "until": "until",
                "reason": "because",
            },
        ),
        (
            "Records that are one person",
            lead["duplicates"],
            {"record_id": "record", "is_kept": "kept", "reason": "because"},
        ),
    ):
        if rows:
            cells = [[_cell(name, row[name]) for name in columns] for row in rows]
            table = Table(title, list(columns.values()), cells)
            sections.append(Section(title, tables=[table]))
    if mates := lead["account_mates"]:
        columns_of_mates = ["lead", "segment", "score", "stage", "who"]
        cells = [
            [
                *(shown.lead(row), row["segment"], str(row["score"]), row["stage"]),
                " ".join(filter(None, (row["seniority"], row["department"]))) or NONE,
            ]
            for row in mates[:MATES_SHOWN]
        ]
        told = f"{counted(len(mates), 'lead')} of the same account."
        note = first_of(mates, MATES_SHOWN)
        table = Table("Best first", columns_of_mates, cells, note)
        sections.append(Section("Account mates", [told], tables=[table]))
    return sections


def _points(value: Decimal) -> str:
    """Return points with their sign, as exact as they are published."""
    return f"{'+' * (value >= 0)}{_number(value)}"


def _number(value: Decimal) -> str:
    return f"{value.normalize():f}".replace("-", MINUS)


def _cell(name: str, value: object) -> str:
    if value is None:
        return NONE
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float) and name == "probability":
        return percent(value)
    return _day(value) if isinstance(value, date) else str(value)


def _day(value: object) -> str:
    return f"{value:%Y-%m-%d}" if isinstance(value, date) else NONE
