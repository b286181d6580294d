"""What could be asked of the leads of cut-offs, beside what became of them."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from decimal import Decimal
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import duckdb

from leadscore.rules.row import plain
from leadscore.rules.vocabulary import MISSING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

# Numbers are cut at these shares of the leads, wherever their outcomes lie: ranges
# sought for their outcomes would seem to tell more than they do.
SHARES = (0.2, 0.4, 0.6, 0.8)

CASES = """
    create temp table cases as
    select
        row_number() over (order by outcomes.cut_off, outcomes.lead_id) - 1 as case_id,
        outcomes.cut_off, outcomes.lead_id, outcomes.has_succeeded,
        leads.total_points, leads.behavioral_points
    from cut_off_outcomes as outcomes
    inner join cut_off_leads as leads using (cut_off, lead_id)
    where
        outcomes.target = $target
        and leads.ruleset = $ruleset
        and outcomes.has_succeeded is not null
"""
FACTS = """
    create temp table facts as
    select
        cases.case_id, facts.kind, facts.name, facts.value_text, facts.value_number,
        max(facts.value_number) over (partition by facts.kind, facts.name) is not null
        and facts.kind = 'signal' as is_number
    from cut_off_facts as facts
    inner join cases using (cut_off, lead_id)
    where not list_contains($left_out, facts.name)
"""
# A share that is the least number of all begins after it: nothing is below it.
EDGES = """
    with numbers as (
        select
            name, min(value_number) as least,
            unnest(quantile_disc(value_number, $shares)) as edge
        from facts where is_number group by name
    )
    select
        name,
        list_sort(list_distinct(list(coalesce(if(edge > least, edge, (
            select min(value_number) from facts
            where facts.name = numbers.name and facts.value_number > numbers.edge
        )), edge))))
    from numbers group by name
"""
ASKED = f"""
    create temp table asked as
    with whole as (
        select
            facts.case_id, facts.kind, facts.name,
            case
                when facts.kind = 'activity' then null
                when not is_number then value_text
                when value_number is null then '{MISSING}'
                when coalesce(ranges.low, ranges.high) is null then '*'
            end as value_text,
            ranges.low, ranges.high
        from facts
        left join ranges
            on
                facts.is_number
                and facts.name = ranges.name
                and facts.value_number >= coalesce(ranges.low, facts.value_number)
                and facts.value_number < coalesce(ranges.high, facts.value_number + 1)
    ),
    -- A column that the record does not have.
    absent as (
        select cases.case_id, names.name
        from cases
        cross join (select distinct name from facts where kind = 'signal') as names
        anti join facts on cases.case_id = facts.case_id and names.name = facts.name
    )
    select * from whole
    union all
    select case_id, 'signal', name, '{MISSING}', null, null from absent
"""
# No rule can ask for a value that begins with an exclamation mark: it means not.
QUESTIONS = """
    create temp table questions as
    select
        row_number() over (order by kind, name, low nulls first, value_text) - 1
            as question_id, *
    from (select distinct kind, name, value_text, low, high from asked)
    where value_text is null or value_text not like '!%'
"""
ANSWERS = """
    select asked.case_id, questions.question_id
    from asked
    inner join questions
        on
            asked.kind = questions.kind
            and asked.name = questions.name
            and asked.value_text is not distinct from questions.value_text
            and asked.low is not distinct from questions.low
            and asked.high is not distinct from questions.high
"""


@dataclass(frozen=True)
class Question:
    """What a rule could ask of a lead.

    Attributes:
        kind: Whether a signal has a value, or an activity was done lately.
        name: The signal or the activity.
        value: The signal's value; None: a range of numbers, or an activity.
        low: From this number on; None: from any.
        high: Below this number; None: up to any.
    """

    kind: str
    name: str
    value: str | None = None
    low: Decimal | None = None
    high: Decimal | None = None

    def __str__(self) -> str:
        """Return the question as people read it."""
        if self.kind == "activity":
            return self.name
        if self.value is not None:
            is_any = self.value == "*"
            return f"{self.name} known" if is_any else f"{self.name} = {self.value}"
        if self.low is None:
            return f"{self.name} below {plain(self.high or Decimal(0))}"
        if self.high is None:
            return f"{self.name} from {plain(self.low)}"
        return f"{self.name} {plain(self.low)} to {plain(self.high)}"


@dataclass(frozen=True)
class Cases:
    """Leads at cut-offs, a row each.

    Attributes:
        questions: What could be asked of them.
        answers: A sparse matrix: 1 where the question of the column holds for the row.
        succeeded: Whether they did within the horizon.
        people: Who they are, as numbers: a lead stands once per cut-off.
        days: Their cut-offs.
        lead_ids: Their ids.
        points: What the ruleset they were read with gave them: in total, and of these
            for behavior.
    """

    questions: list[Question]
    answers: Any
    succeeded: NDArray[np.bool_]
    people: NDArray[np.int64]
    days: NDArray[np.datetime64]
    lead_ids: NDArray[np.object_]
    points: dict[str, NDArray[np.float64]]


def read_cases(
    connection: duckdb.DuckDBPyConnection,
    target: str,
    ruleset: str,
    left_out: Collection[str] = (),
) -> Cases:
    """Return the leads of all cut-offs whose outcome is known, and what they answer.

    Args:
        connection: A connection to the tables of JUDGED.
        target: The target.
        ruleset: Whose points to read; it must have been scored.
        left_out: Signals that are not asked for.
    """
    import numpy as np
    from scipy import sparse

    connection.execute(CASES, {"target": target, "ruleset": ruleset})
    connection.execute(FACTS, {"left_out": sorted(left_out)})
    connection.execute(
        "create temp table ranges "
        "(name varchar, low decimal(20, 4), high decimal(20, 4))"
    )
    for name, edges in connection.execute(EDGES, {"shares": SHARES}).fetchall():
        bounds = [None, *sorted({readable(edge) for edge in edges}), None]
        connection.executemany(
            "insert into ranges values (?, ?, ?)",
            [(name, *pair) for pair in pairwise(bounds)],
        )
    connection.execute(ASKED)
    connection.execute(QUESTIONS)
    questions = connection.execute(
        "select kind, name, value_text, low, high from questions order by question_id"
    ).fetchall()
    answers = connection.execute(ANSWERS).fetchnumpy()
    cases = connection.execute(
        "select cut_off, lead_id, has_succeeded, total_points::double as total, "
        "behavioral_points::double as behavioral, "
        "dense_rank() over (order by lead_id) - 1 as person from cases order by case_id"
    ).fetchnumpy()
    size = (len(cases["lead_id"]), len(questions))
    matrix = sparse.csr_matrix(
        (
            np.ones(len(answers["case_id"])),
            (answers["case_id"], answers["question_id"]),
        ),
        shape=size,
    )
    return Cases(
        [Question(*row) for row in questions],
        matrix,
        np.asarray(cases["has_succeeded"], dtype=bool),
        np.asarray(cases["person"], dtype=np.int64),
        np.asarray(cases["cut_off"]),
        np.asarray(cases["lead_id"]),
        {name: np.asarray(cases[name]) for name in ("total", "behavioral")},
    )


def readable(number: Decimal) -> Decimal:
    """Return a number with two significant digits: 1247 is 1200."""
    if not number:
        return number
    return round(number, 1 - number.adjusted()) + Decimal(0)
