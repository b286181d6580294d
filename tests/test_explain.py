"""`leadscore explain` of past days: what is scored again is what was scored then."""

import io
import re
import shutil
from datetime import date, timedelta

import pytest
from pipeline_world import DAY, published, warehouse, world_of
from rich.console import Console

from leadscore.errors import LeadscoreError
from leadscore.explain import explain
from leadscore.rewind import score_past

HISTORY = """
    select lead_id, ruleset, as_of_date, total_points, grade, engagement_level, stage
    from lead_score_history where lead_id = '{}' order by all
"""
COLLEAGUE = """
    min(lead_id) filter (
        where rule_id = 'beh_buying_group'
        and lead_id in (select lead_id from lead_score_changes)
    )
"""
FACTORS = "from lead_score_factors where lead_id = '{}' order by all"


def explained(world, lead: str, **days: date) -> str:
    console = Console(width=140, file=io.StringIO(), highlight=False)
    explain(world, lead, console, **days)
    return console.file.getvalue()


def first_day(world, lead: str) -> date:
    """Return the first of the days scored on which a lead was one."""
    query = f"select min(as_of_date) from ({HISTORY.format(lead)})"
    return published(world, query)[0][0]


@pytest.mark.parametrize(
    "chosen",
    [
        "'L90007'",  # merged in the CRM
        COLLEAGUE,
        "min(lead_id) filter (where rule_id = 'beh_trial_business')",
    ],
)
def test_days_scored_again_for_one_lead_are_as_they_were(world, chosen):
    [(lead,)] = published(world, f"select distinct {chosen} from lead_score_factors")
    history = published(world, HISTORY.format(lead))
    first = first_day(world, lead)
    assert first < DAY
    with score_past(world, lead, DAY, first) as past:
        again = past.execute(HISTORY.format(lead)).fetchall()
        factors = past.execute(FACTORS.format(lead)).fetchall()
        changes = past.execute(
            "select sum(points_change) from lead_score_changes "
            "where lead_id = ? and previous_date = ? and ruleset = 'default'",
            [lead, first],
        ).fetchone()
    assert again == history
    assert factors == published(world, FACTORS.format(lead))
    points = {row[2]: row[3] for row in history if row[1] == "default"}
    assert changes == (points[DAY] - points[first],)


def test_a_past_day_is_explained_and_compared(world):
    first = first_day(world, "L90014")
    said = explained(world, "L90014", day=DAY - timedelta(days=1), since=first)
    [(points,)] = published(
        world,
        f"select total_points from ({HISTORY.format('L90014')}) "
        f"where as_of_date = '{DAY - timedelta(days=1)}' and ruleset = 'default'",
    )
    assert f"{DAY - timedelta(days=1)}, ruleset default: score" in said
    assert re.search(rf"^total +{points:.2f}", said, re.MULTILINE)
    assert f"Since {first}: " in said
    assert "was scored" not in said  # as the history has it
    assert "rank" not in said
    assert "in this stage since" not in said
    today = explained(world, "L90001")
    facts = r"^Due 2026-06-30 .*, in this stage since 2026-06-30, .*topic demo$"
    assert re.search(facts, today, re.MULTILINE)
    assert "grade B+, level" in today
    undecided = explained(world, "L90002")
    assert "grade - (19 % of what rules ask is known), level" in undecided


@pytest.mark.parametrize(
    "told", ["is_overdue and owner_id != ''", "last_touched_at > '2026-01-01'"]
)
def test_who_waits_for_whom_since_when_is_told(world, told):
    [(lead, *facts)] = published(
        world,
        f"""
        select
            lead_id, strftime(due_at, 'verdue since %Y-%m-%d %H:%M'),
            'n this stage since ' || stage_since,
            'qualified until ' || qualifies_until, 'owner ' || owner_id,
            strftime(last_activity_at, 'last active %Y-%m-%d %H:%M'),
            strftime(last_touched_at, 'last touched %Y-%m-%d %H:%M')
        from lead_scores
        where {told} and qualifies_until > '2026-01-01' order by lead_id limit 1
        """,
    )
    said = " ".join(explained(world, lead).split())
    assert [fact for fact in facts if fact and fact not in said] == []


def test_whom_routing_gave_a_lead_to_is_told(world):
    [(lead, owner)] = published(
        world,
        "select lead_id, lead_assignments.owner_id from lead_assignments "
        "inner join lead_scores using (lead_id) where lead_scores.owner_id is null "
        "order by lead_id limit 1",
    )
    assert f"owner {owner}" in " ".join(explained(world, lead).split())


def test_what_a_factor_that_ended_said_is_told(world):
    [(lead, reason)] = published(
        world,
        """
        select lead_id, reason
        from lead_score_changes anti join lead_score_factors
            using (lead_id, ruleset, rule_id)
        where ruleset = 'default' and cause = 'time'
        order by all limit 1
        """,
    )
    assert f" {reason} " in explained(world, lead)


def test_what_was_scored_otherwise_or_never_is_told(world, tmp_path):
    shutil.copy(world.warehouse, tmp_path)
    (tmp_path / "published").symlink_to(world.published)
    with world_of(tmp_path) as copied:
        warehouse(
            copied,
            f"update marts.lead_score_history set total_points = 12.3456, grade = 'F' "
            f"where lead_id = 'L90007' and as_of_date = '{DAY - timedelta(days=1)}'",
        )
        said = explained(copied, "L90007", since=DAY - timedelta(days=1))
        assert "When 2026-06-29 was scored it came out at 12.35 points, grade F" in said
        assert "2026-06-30 was" not in said
        never = explained(copied, "L90007", day=DAY - timedelta(days=20))
    assert "2026-06-10 was not scored: so it would have come out." in never


def test_that_nothing_changed_is_said(world):
    still = """
        select min(lead_id) from (
            select lead_id from lead_score_history where ruleset = 'default'
            group by lead_id
            having count(distinct total_points) = 1 and count(*) = 8
            and max(total_points) > 0
        )
    """
    [(lead,)] = published(world, still)
    since = DAY - timedelta(days=7)
    assert f"Since {since}: no points came" in explained(world, lead, since=since)


@pytest.mark.parametrize(
    ("days", "message"),
    [
        ({"day": DAY + timedelta(days=1)}, "2026-07-01 is not published: 2026-06-30"),
        ({"since": DAY}, "no day to compare 2026-06-30 with"),
        ({"day": date(1999, 1, 1)}, "L90014 was no lead on 1999-01-01: it is known"),
        ({"since": date(1999, 1, 1)}, "L90014 was no lead on 1999-01-01"),
    ],
)
def test_a_day_that_cannot_be_explained_is_refused(world, days, message):
    with pytest.raises(LeadscoreError, match=message):
        explained(world, "L90014", **days)
