"""The page Leads: how many are how good, and how that changes."""

from __future__ import annotations

import math
from datetime import date, timedelta
from itertools import groupby

from leadscore.errors import counted
from leadscore.judging.wording import NONE, number, percent, points
from leadscore.report import charts
from leadscore.report.page import Shown, first_of, write_sections
from leadscore.report.parts import Figure, Row, Section, Table

ACCOUNTS_SHOWN = 20
BARS = 25
MOVERS_SHOWN = 15
LEAST_MOVE = 1  # points
REASONS_SHOWN = 3
SOURCES_SHOWN = 40
WEEK = 7

CAUSES = {
    "activity": "did",
    "attribute": "is",
    "time": "faded",
    "cap": "limit",
    "rule": "rule",
    "adjustment": "adjusted",
}


def leads(shown: Shown) -> str:
    """Return the page."""
    [total] = shown.column("select count(*) from lead_scores")
    return write_sections(
        "Leads",
        [
            _distribution(shown),
            _grid(shown),
            _stages(shown),
            _movers(shown),
            _sources(shown, "lead_source", "Where they came from"),
            *_partners(shown),
            *_accounts(shown),
        ],
        f"{counted(total, 'lead')}, scored by the ruleset {_rulesets(shown)}.",
    )


def _rulesets(shown: Shown) -> str:
    """Return the ruleset, in an experiment both."""
    rows = shown.connection.execute(
        "select ruleset, count(*) from lead_scores group by ruleset order by ruleset"
    ).fetchall()
    if len(rows) == 1:
        return str(rows[0][0])
    told = " and ".join(f"{ruleset} ({leads:,} leads)" for ruleset, leads in rows)
    return f"of their arm in the experiment: {told}"


def _distribution(shown: Shown) -> Section:
    [low, high, median] = shown.connection.execute(
        "select min(total_points), max(total_points), median(total_points) "
        "from lead_scores"
    ).fetchall()[0]
    width = _rounded((float(high) - float(low)) / BARS)
    by_points = _bars(shown, "total_points", width)
    by_score = _bars(shown, "score", 5)
    [[best, mark]] = shown.connection.execute(
        "select count(*) filter (score >= score_at_curve_points), "
        "any_value(score_at_curve_points) from lead_scores cross join "
        "(from rulesets where ruleset = ?) as ruleset",
        [shown.ruleset],
    ).fetchall()
    return Section(
        "How many have how many points",
        figures=[
            Figure(
                "Total points",
                charts.histogram(by_points, width, "Total points, uncapped"),
                f"From {number(low)} to {number(high)} points; half of the leads have "
                f"{number(median)} or more.",
            ),
            Figure(
                "Score",
                charts.histogram(by_score, 5, "Score, 0 to 100"),
                f"{number(best)} have a score of {number(mark)} or more. The score is "
                f"no probability.",
            ),
        ],
    )


def _rounded(width: float) -> float:
    """Return the next larger of 1, 2 and 5 times a power of ten."""
    power = 10 ** math.floor(math.log10(max(width, 1)))
    return next(float(n * power) for n in (1, 2, 5, 10) if n * power >= width)


def _bars(shown: Shown, column: str, width: float) -> list[tuple[float, int]]:
    return shown.connection.execute(
        f"select (floor({column} / {width}) * {width})::double as low, count(*) "
        "from lead_scores group by low order by low"
    ).fetchall()


def _grid(shown: Shown) -> Section:
    """Return the leads by grade and level, and which share of such leads succeeded."""
    rows = shown.rows(
        """
        select grade, engagement_level as level, count(*) as leads
        from lead_scores group by all order by min(grade_rank), level
        """
    )
    rates = _rates(shown, "segment")
    levels = sorted({row["level"] for row in rows})
    cells = []
    for grade, group in groupby(rows, lambda row: str(row["grade"])):
        leads = {row["level"]: row["leads"] for row in group}
        cells.append(
            [
                grade,
                *(number(leads[level]) if level in leads else NONE for level in levels),
                number(sum(leads.values())),
            ]
        )
    section = Section(
        "Who fits, and who is engaged",
        [
            "A grade says how well a lead fits, a level how engaged it is: 1 is the "
            "most engaged. A minus instead of a grade: too little is known. All leads "
            "are counted, also those that are excluded."
        ],
        tables=[
            Table(
                "Leads by grade and level",
                ["grade", *(f"level {n}" for n in levels), "all"],
                cells,
            )
        ],
    )
    if rates:
        letters = sorted({name[0] for name in rates}, key=lambda c: (c == "-", c))
        section.tables.append(
            Table(
                f"How many of such leads succeeded ({shown.target})",
                ["grade", *(f"level {n}" for n in levels)],
                [
                    [letter, *(_rate(rates.get(f"{letter}{n}")) for n in levels)]
                    for letter in letters
                ],
                "On past days, as the page Judged has it, with the leads there were.",
            )
        )
    return section


def _rates(shown: Shown, kind: str) -> dict[str, Row]:
    """Return what became of past leads by band; nothing before they were judged."""
    rows = shown.rows(
        "from score_performance "
        "where target = ? and ruleset = ? and band_kind = ? and cut_off is null",
        [shown.target, shown.ruleset, kind],
    )
    return {row["band"]: row for row in rows}


def _rate(row: Row | None) -> str:
    return f"{percent(row['rate'])} of {number(row['leads'])}" if row else NONE


def _stages(shown: Shown) -> Section:
    rows = shown.rows(
        """
        select
            as_of_date, stage, min(stage_order) as place,
            sum(lead_count)::bigint as leads
        from lead_score_summary where ruleset = ?
        group by all order by place, as_of_date
        """,
        [shown.ruleset],
    )
    stages = list(dict.fromkeys(row["stage"] for row in rows))
    by_day = {(row["as_of_date"], row["stage"]): row["leads"] for row in rows}
    days = sorted({day for day, _ in by_day})
    figures = []
    for stage in stages:
        counts = [(day, by_day.get((day, stage), 0)) for day in days]
        told = f"{number(counts[-1][1])} on {days[-1]}"
        for ago, name in ((WEEK, "a week before"), (30, "30 days before")):
            if (day := days[-1] - timedelta(days=ago)) in days:
                told += f", {number(by_day.get((day, stage), 0))} {name}"
        figures.append(Figure(stage, charts.over_time(counts), f"{told}."))
    return Section("Stages over time", figures=figures)


def _movers(shown: Shown) -> Section:
    since = date.fromisoformat(shown.as_of) - timedelta(days=WEEK)
    rows = shown.rows(
        """
        with changes as (
            select changes.*
            from lead_score_changes as changes
            inner join lead_scores
                on changes.lead_id = lead_scores.lead_id
                and changes.ruleset = lead_scores.ruleset
            where changes.as_of_date > $1 and not is_excluded
        ),
        moved as (
            select lead_id, sum(points_change) as points_change
            from changes group by lead_id having abs(sum(points_change)) >= $3
        ),
        ranked as (
            select
                *,
                row_number() over (order by points_change desc, lead_id) as up,
                row_number() over (order by points_change, lead_id) as down
            from moved
        ),
        shown as (
            from ranked
            where (up <= $2 and points_change > 0) or (down <= $2 and points_change < 0)
        ),
        reasons as (
            select
                lead_id, cause, coalesce(any_value(reason), rule_id) as reason,
                sum(changes.points_change) as of_reason
            from changes inner join shown using (lead_id)
            group by lead_id, cause, rule_id
        )
        select
            shown.lead_id, shown.points_change,
            any_value(concat_ws(' ', first_name, last_name)) as name,
            any_value(segment) as segment, any_value(score) as score,
            list({'cause': cause, 'reason': reason, 'points': of_reason}
                order by abs(of_reason) desc, reason) as reasons
        from shown
        inner join reasons using (lead_id)
        inner join lead_scores using (lead_id)
        inner join lead_contacts using (lead_id)
        group by all order by shown.points_change desc, shown.lead_id
        """,
        [since, MOVERS_SHOWN, LEAST_MOVE],
    )
    # Days that were scored in one pass are not compared with those before them.
    [known] = shown.rows(
        "select min(previous_date) as since from lead_score_changes "
        "where as_of_date > ?",
        [since],
    )
    since = known["since"] or since
    section = Section(
        "Movers of the week", [f"Whose points changed most since {since}, and why."]
    )
    for caption, moved in (
        ("Up", [row for row in rows if row["points_change"] > 0]),
        ("Down", [row for row in reversed(rows) if row["points_change"] < 0]),
    ):
        if moved:
            section.tables.append(
                Table(
                    caption,
                    ["lead", "points", "now", "score", "most of it because"],
                    [
                        [
                            *(shown.lead(row), points(row["points_change"])),
                            *(row["segment"], str(row["score"])),
                            _because(row),
                        ]
                        for row in moved
                    ],
                )
            )
    if not rows:
        section.sentences = [
            f"Nobody's points changed by {LEAST_MOVE} or more since {since}."
        ]
    return section


def _because(row: Row) -> str:
    return "; ".join(
        f"{CAUSES.get(one['cause'], one['cause'])}: {one['reason']} "
        f"{points(one['points'])}"
        for one in row["reasons"][:REASONS_SHOWN]
    )


def _sources(shown: Shown, column: str, title: str) -> Section:
    """Return the leads by where they came from, and which share of such succeeded."""
    kind = {"lead_source": "lead_source", "partner_id": "partner"}[column]
    condition = "partner_id is not null" if column == "partner_id" else "true"
    rows = shown.rows(
        f"""
        select
            coalesce(leads.{column}, '(missing)') as source, count(*) as leads,
            count(*) filter (where leads.is_mql) as mqls,
            avg(leads.total_points) as average_points,
            avg((left(leads.grade, 1) in ('A', 'B'))::integer) as good,
            any_value(performance.rate) as rate,
            any_value(performance.leads) as judged_leads
        from (from lead_scores where {condition}) as leads
        left join source_performance as performance
            on performance.source = coalesce(leads.{column}, '(missing)')
            and performance.source_kind = ? and performance.month is null
            and performance.target = ? and performance.ruleset = ?
        group by all order by leads desc, source
        """,
        [kind, shown.target, shown.ruleset],
    )
    columns = ["source", "leads", "MQLs", "points on average", "A or B"]
    if shown.target:
        columns.append(f"succeeded ({shown.target})")
    cells = [
        [
            *(row["source"], number(row["leads"]), number(row["mqls"])),
            *(number(row["average_points"]), percent(row["good"])),
            *([percent(row["rate"])] if shown.target else []),
        ]
        for row in rows[:SOURCES_SHOWN]
    ]
    note = first_of(rows, SOURCES_SHOWN)
    return Section(
        title,
        tables=[Table(f"Leads by {kind.removeprefix('lead_')}", columns, cells, note)],
    )


def _partners(shown: Shown) -> list[Section]:
    named = shown.column("select count(partner_id) from lead_scores")[0]
    return [_sources(shown, "partner_id", "Partners")] if named else []


def _accounts(shown: Shown) -> list[Section]:
    """Return the best accounts and who of them is engaged; nothing without rules."""
    rows = shown.rows(
        """
        select
            scores.*, coalesce(accounts.name, scores.account_id) as account,
            scores.best_lead_id as lead_id, owners.name as owner,
            concat_ws(' ', first_name, last_name) as name
        from account_scores as scores
        left join accounts on scores.account_id = accounts.account_id
        left join owners on scores.owner_id = owners.owner_id
        left join lead_contacts on scores.best_lead_id = lead_contacts.lead_id
        order by scores.total_points desc, scores.account_id
        """
    )
    if not rows:
        return []
    cells = [
        [
            *(row["account"], number(row["total_points"]), row["grade"]),
            *(row["stage"] or NONE, row["buying_group"]),
            shown.lead(row) if row["lead_id"] else NONE,
            row["owner"] or row["owner_id"] or NONE,
        ]
        for row in rows[:ACCOUNTS_SHOWN]
    ]
    columns = ["account", "points", "grade", "stage", "who", "best lead", "owner"]
    told = (
        f"Companies that have a lead, scored by the ruleset {rows[0]['ruleset']}; of "
        f"their leads those that are not excluded count."
    )
    note = first_of(rows, ACCOUNTS_SHOWN)
    return [
        Section("Accounts", [told], tables=[Table("Best first", columns, cells, note)])
    ]
