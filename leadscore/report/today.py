"""The page Today: whom to call, what is new, and who falls out soon."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date, timedelta
from itertools import count
from typing import Any

from leadscore.action.loads import warnings
from leadscore.calls import CALL_LIST, ON_CALL_LIST
from leadscore.errors import counted
from leadscore.judging.wording import NONE, number
from leadscore.publish import attached_before, read_build
from leadscore.report.page import Shown, first_of, sortable, write
from leadscore.report.parts import Row, Section, Table

# A page for people to act on: what is beyond stands in the tables.
CALLS_OF_OWNER = 50
CALLS_SHOWN = 1000
LEADS_SHOWN = 50
SOON_DAYS = 7

NOBODY = "nobody yet"


def today(shown: Shown) -> str:
    """Return the page."""
    calls = _calls(shown)
    return write(
        "today",
        shown=shown,
        scripts=sortable(),
        calls=calls,
        sentences=_sentences(shown, calls),
        filters=_filters(calls),
        sections=[
            _by_owner(shown),
            *_moves(shown),
            _falls_out(shown),
            _held_back(shown),
            *_requests_of_nobody(shown),
        ],
    )


def _calls(shown: Shown) -> list[Row]:
    """Return the first calls of each owner, in the order of the call list."""
    rows = shown.rows(
        f"""
        with calls as ({CALL_LIST}),
        mates as (
            select
                *, count(*) over (partition by coalesce(account_id, lead_id)) as mates,
                row_number() over (partition by owner_id order by line) as owner_line
            from calls
            qualify owner_line <= {CALLS_OF_OWNER}
        )
        select
            mates.*, coalesce(owners.name, mates.owner_id) as owner,
            coalesce(accounts.name, if($2, mates.company_name, null)) as company,
            -- Scores of a day are read on the next one.
            case
                when mates.due is null then 'no date'
                when mates.is_overdue then 'overdue'
                when mates.due < mates.as_of_date + 2
                    then 'by ' || (mates.as_of_date + 1)
                else 'later'
            end as "when",
            lag(mates.account_id) over (order by line) = mates.account_id as is_mate
        from mates
        left join accounts on mates.account_id = accounts.account_id
        left join owners on mates.owner_id = owners.owner_id
        order by line limit {CALLS_SHOWN}
        """,
        [shown.time_zone, shown.with_names],
    )
    for row in rows:
        row["owner"] = row["owner"] or NOBODY
    return rows


def _sentences(shown: Shown, calls: list[Row]) -> list[str]:
    [total, overdue] = shown.connection.execute(
        f"select count(*), count(*) filter (where is_overdue) from ({CALL_LIST})",
        [shown.time_zone],
    ).fetchall()[0]
    told = f"{counted(total, 'call')}, {overdue:,} of them due before {shown.as_of}."
    if len(calls) < total:
        told += (
            f" Shown are the first {CALLS_OF_OWNER} of each owner, {len(calls):,} in "
            f"all; the others stand in the table lead_scores."
        )
    return [told, *warnings(shown.connection), *_crossings(shown)]


def _crossings(shown: Shown) -> Iterator[str]:
    """Say how many leads crossed what, but for what only other rules brought about."""
    rows = shown.rows(
        """
        select alert, direction, count(*) as leads from lead_score_events
        where event_date = ? and not is_rule_change
        group by alert, direction order by alert, direction
        """,
        [shown.as_of],
    )
    if rows:
        told = (f"{row['leads']:,} {row['direction']} {row['alert']}" for row in rows)
        yield f"Crossings of the day: {', '.join(told)}."


def _filters(calls: list[Row]) -> list[dict[str, Any]]:
    """Return by what calls can be chosen: each value has a number that rows carry."""
    filters = []
    for name, column in (("Queue", "queue"), ("Owner", "owner"), ("Due", "when")):
        values = dict(zip(_distinct(calls, column), count(1), strict=False))
        for row in calls:
            row[f"{column}_number"] = values[row[column]]
        filters.append({"name": name, "column": column, "values": values})
    return filters


def _distinct(rows: Iterable[Row], column: str) -> list[str]:
    return list(dict.fromkeys(row[column] for row in rows))


def _by_owner(shown: Shown) -> Section:
    rows = shown.rows(
        f"""
        with calls as (
            select coalesce(owners.name, calls.owner_id, $2) as owner, queue, is_overdue
            from ({CALL_LIST}) as calls
            left join owners on calls.owner_id = owners.owner_id
        )
        select
            owner, queue, count(*) as calls,
            count(*) filter (where is_overdue) as overdue
        from calls group by owner, queue
        order by owner = $2 desc, calls desc, owner, queue
        """,
        [shown.time_zone, NOBODY],
    )
    table = Table(
        "Calls by owner and queue",
        ["owner", "queue", "calls", "overdue"],
        [
            [row["owner"], row["queue"], number(row["calls"]), number(row["overdue"])]
            for row in rows[:LEADS_SHOWN]
        ],
        note=first_of(rows, LEADS_SHOWN),
    )
    tables = [table] if rows else []
    return Section("Who has how much to do", tables=[*tables, *_loads(shown)])


def _loads(shown: Shown) -> list[Table]:
    """Say what each in a team takes and was dealt for the day that is dealt for now."""
    rows = shown.rows(
        """
        select loads.*, coalesce(owners.name, loads.owner_id) as owner
        from team_loads as loads
        left join owners on loads.owner_id = owners.owner_id
        order by loads.team, loads.over_capacity desc, owner, loads.owner_id
        """
    )
    cells = [
        [
            *(row["team"], row["owner"], str(row["slot_date"] or NONE)),
            *(number(row["capacity"]), number(row["dealt"])),
            *(number(row["over_capacity"]), number(row["open_calls"])),
        ]
        for row in rows[:LEADS_SHOWN]
    ]
    columns = ["team", "owner", "for", "takes", "dealt", "too many", "calls in all"]
    table = Table("Teams", columns, cells, first_of(rows, LEADS_SHOWN))
    return [table] if rows else []


def _moves(shown: Shown) -> list[Section]:
    """Say who is new on the call list since the build before, and who is off it."""
    if shown.before is None:
        return []
    day = read_build(shown.before)["as_of_date"]
    now = f"select lead_id from lead_scores where {ON_CALL_LIST}"
    then = f"select lead_id from before.lead_scores where {ON_CALL_LIST}"
    with attached_before(shown.connection, shown.before):
        new = _leads(shown, f"lead_id in ({now} except {then})")
        [left] = shown.column(f"select count(*) from ({then} except {now})")
        gone = _leads(shown, f"lead_id in ({then} except {now})")
    told = f"{len(new):,} came onto the call list, {left:,} left it."
    if left > len(gone):
        told += f" {left - len(gone):,} of these are no leads any more."
    section = Section(f"New since the scores of {day}", [told])
    columns = ["lead", "segment", "score", "stage", "because"]
    for caption, rows in (("New on the list", new), ("Off the list", gone)):
        if rows:
            cells = [
                [
                    shown.lead(row),
                    *(row["segment"], str(row["score"]), row["stage"]),
                    row["exclusion_reason"] or row["top_reasons"] or NONE,
                ]
                for row in rows[:LEADS_SHOWN]
            ]
            section.tables.append(
                Table(caption, columns, cells, first_of(rows, LEADS_SHOWN))
            )
    return [section]


def _falls_out(shown: Shown) -> Section:
    """Say who qualifies today and, if nothing happens, no longer in a week."""
    last = date.fromisoformat(shown.as_of) + timedelta(days=SOON_DAYS - 1)
    rows = _leads(
        shown,
        f"{ON_CALL_LIST} and qualifies_until <= date '{last}'",
        order="qualifies_until, total_points desc, lead_id",
    )
    section = Section(
        "Who falls out soon",
        [
            f"Of the call list {len(rows):,} will not qualify any more within "
            f"{SOON_DAYS} days if they do nothing more."
        ],
    )
    if rows:
        section.tables.append(
            Table(
                "Last day on which they qualify",
                ["lead", "until", "segment", "score", "because"],
                [
                    [
                        shown.lead(row),
                        *(str(row["qualifies_until"]), row["segment"]),
                        *(str(row["score"]), row["top_reasons"] or NONE),
                    ]
                    for row in rows[:LEADS_SHOWN]
                ],
                first_of(rows, LEADS_SHOWN),
            )
        )
    return section


def _held_back(shown: Shown) -> Section:
    rows = _leads(
        shown,
        "is_mql and queue is null",
        order="last_touched_at is not null, total_points desc, lead_id",
    )
    section = Section(
        "Qualified, but held back",
        [f"Of those who qualify {len(rows):,} are on no list, each for a reason."],
    )
    if rows:
        section.tables.append(
            Table(
                "The untouched first",
                ["lead", "score", "touched", "held back", "because"],
                [
                    [
                        *(shown.lead(row), str(row["score"])),
                        f"{row['last_touched_at']:%Y-%m-%d}"
                        if row["last_touched_at"]
                        else NONE,
                        row["exclusion_reason"] or NONE,
                        row["top_reasons"] or NONE,
                    ]
                    for row in rows[:LEADS_SHOWN]
                ],
                first_of(rows, LEADS_SHOWN),
                is_folded=True,
            )
        )
    return section


def _requests_of_nobody(shown: Shown) -> list[Section]:
    rows = shown.rows(
        "select record_ids, activity, last_at::date as day, reason "
        "from refused_requests order by last_at desc, identifier, activity"
    )
    if not rows:
        return []
    table = Table(
        "One of these records, or nobody's",
        ["records", "activity", "on", "why it is not known whose"],
        [
            [row["record_ids"] or NONE, row["activity"], str(row["day"]), row["reason"]]
            for row in rows[:LEADS_SHOWN]
        ],
        first_of(rows, LEADS_SHOWN),
    )
    return [
        Section("Asked for, but it is not known by whom", [], tables=[table]),
    ]


def _leads(
    shown: Shown, condition: str, order: str = "total_points desc, lead_id"
) -> list[Row]:
    return shown.rows(
        f"""
        select lead_scores.*, concat_ws(' ', first_name, last_name) as name
        from lead_scores
        inner join lead_contacts using (lead_id)
        where {condition} order by {order}
        """
    )
