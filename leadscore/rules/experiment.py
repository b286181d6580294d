"""`leadscore rules experiment`: tries a challenger on a share of the leads."""

from __future__ import annotations

import secrets
from datetime import date, timedelta

import duckdb
from rich.console import Console

from leadscore.errors import LeadscoreError, counted
from leadscore.experiments import BEGUN, READ, STOPPED, Experiment, find_experiments
from leadscore.judging.arms import NOTICEABLE_PART, Arm, Reading, read_arms
from leadscore.judging.comparison import BETTER, FEWEST_PEOPLE, NO_DIFFERENCE, WORSE
from leadscore.judging.targets import find_target
from leadscore.judging.wording import between, percent
from leadscore.publish import open_publication, require_publication, shown_ruleset
from leadscore.rules.coverage import require_scored
from leadscore.rules.decisions import keep, login, require_no_address
from leadscore.rules.rulesets_file import CHAMPION
from leadscore.settings import Settings
from leadscore.terminal import as_table
from leadscore.warehouse import connect, fetch_column, fetch_one

# What all decisions on an experiment have in common.
COMMON = (
    *("scorecard", "ruleset", "ruleset_before"),
    *("ruleset_fingerprint", "ruleset_fingerprint_before"),
    *("experiment", "from_date", "until_date", "share"),
)
# Rulesets whose rows were others on a day of the experiment than when it was begun.
CHANGED = """
    select distinct history.ruleset
    from marts.lead_score_history as history
    inner join raw.ruleset_decisions as begun
        on
            (
                history.ruleset = begun.ruleset
                and history.ruleset_fingerprint != begun.ruleset_fingerprint
            )
            or (
                history.ruleset = begun.ruleset_before
                and history.ruleset_fingerprint != begun.ruleset_fingerprint_before
            )
    where
        begun.decision = ? and begun.experiment = ?
        and history.as_of_date between ? and ?
    order by history.ruleset
"""


def begin(
    settings: Settings,
    challenger: str,
    first: date,
    last: date,
    share: float,
    because: str | None,
    by: str | None,
    console: Console,
) -> None:
    """Begin an experiment between the champion that lead_scores shows and a challenger.

    Args:
        settings: The world.
        challenger: The ruleset to try, scored beside the champion.
        first: The first day of the experiment.
        last: The last day.
        share: The share of the leads that is shown under the challenger.
        because: A reason, which is kept.
        by: Who decides; None: the login name.
        console: Where to print.

    Raises:
        LeadscoreError: If there is no such challenger, the days or the share cannot be
            meant, or another experiment is on then.
    """
    require_no_address(because)
    _require_period(settings, first, last)
    if not 0 < share < 1:
        raise LeadscoreError(
            f"A share of {share} leaves an arm without leads: write one between 0 and "
            f"1, such as 0.5."
        )
    with open_publication(settings) as published:
        champion = shown_ruleset(published)
        require_scored(published, challenger)
        fingerprints = dict(
            published.execute(
                "select distinct ruleset, ruleset_fingerprint from lead_scores_all"
            ).fetchall()
        )
    with connect(settings) as warehouse:
        scorecard = _require_challenger(warehouse, challenger, champion)
        for other in find_experiments(warehouse):
            if other.scorecard == scorecard and other.is_on(first, last):
                raise LeadscoreError(
                    f"The experiment {other.name} is on from {other.from_date} to "
                    f"{other.until_date}: begin after it, or end it with `leadscore "
                    f"rules experiment --stop`."
                )
        name = f"{challenger}-{first}-{secrets.token_hex(2)}"
        decision = {
            "decision": BEGUN,
            "scorecard": scorecard,
            "ruleset": challenger,
            "ruleset_before": champion,
            "ruleset_fingerprint": fingerprints[challenger],
            "ruleset_fingerprint_before": fingerprints[champion],
            "experiment": name,
            "from_date": first,
            "until_date": last,
            "share": share,
        }
        keep(warehouse, {**decision, "decided_by": by or login(), "because": because})
    console.print(
        f"The experiment [bold]{name}[/]: from {first} to {last} lead_scores shows "
        f"{100 * share:.0f} % of the leads under {challenger}, and the others under "
        f"{champion}. Read it with `leadscore rules experiment --read` when it is over "
        f"and the last lead's horizon has ended.",
        soft_wrap=True,
    )


def stop(
    settings: Settings,
    scorecard: str | None,
    because: str | None,
    by: str | None,
    console: Console,
) -> None:
    """End the experiment that is on, or is the next to be.

    Args:
        settings: The world.
        scorecard: Whose; None: that of the scorecard that lead_scores shows.
        because: A reason, which is kept.
        by: Who decides; None: the login name.
        console: Where to print.

    Raises:
        LeadscoreError: If there is none.
    """
    require_no_address(because)
    today = _today(settings)
    with connect(settings) as warehouse:
        scorecard = scorecard or _shown_scorecard(warehouse)
        found = [
            experiment
            for experiment in find_experiments(warehouse)
            if experiment.scorecard == scorecard and experiment.until_date >= today
        ]
        if not found:
            raise LeadscoreError(
                f"No experiment of {scorecard} is on or to come: there is none to stop."
            )
        until = {"until_date": today - timedelta(days=1)}
        decision = _common(warehouse, found[0]) | until | {"decision": STOPPED}
        keep(warehouse, {**decision, "decided_by": by or login(), "because": because})
    console.print(
        f"The experiment [bold]{found[0].name}[/] has ended. The next score shows all "
        f"leads under {found[0].champion}: `make score`.",
        soft_wrap=True,
    )


def read(
    settings: Settings,
    scorecard: str | None,
    target: str | None,
    because: str | None,
    by: str | None,
    console: Console,
) -> None:
    """Print what became of the leads of the newest experiment, and keep it.

    Args:
        settings: The world.
        scorecard: Whose; None: that of the scorecard that lead_scores shows.
        target: The target that judges; None: the first of targets.csv.
        because: A remark, which is kept.
        by: Who reads it; None: the login name.
        console: Where to print.

    Raises:
        TooEarlyError: If no lead's horizon has ended.
        LeadscoreError: If there is no experiment, or it cannot be read by the target.
    """
    require_no_address(because)
    today = _today(settings)
    with connect(settings) as warehouse:
        scorecard = scorecard or _shown_scorecard(warehouse)
        found = [
            experiment
            for experiment in find_experiments(warehouse)
            if experiment.scorecard == scorecard
            and experiment.from_date <= min(experiment.until_date, today)
        ]
    if not found:
        raise LeadscoreError(
            f"No experiment of {scorecard} has begun: there is none to read."
        )
    experiment = found[-1]
    chosen = find_target(settings, target, scorecard)
    reading = read_arms(settings, experiment, chosen)
    _show(reading, console)
    with connect(settings) as warehouse:
        days = [experiment.from_date, experiment.until_date]
        changed = fetch_column(warehouse, CHANGED, [BEGUN, experiment.name, *days])
        keep(
            warehouse,
            {
                **_common(warehouse, experiment),
                **_figures(reading),
                "until_date": experiment.until_date,
                "decision": READ,
                "decided_by": by or login(),
                "because": because,
            },
        )
    if changed:
        console.print(
            f"Mind that rows of {' and '.join(changed)} were changed since it was "
            f"begun: what was tried was not one ruleset.",
            soft_wrap=True,
        )


def _today(settings: Settings) -> date:
    return date.fromisoformat(require_publication(settings)["as_of_date"])


def _require_period(settings: Settings, first: date, last: date) -> None:
    if last < first:
        raise LeadscoreError(
            f"The experiment would end on {last}, before it begins on {first}: give "
            f"--from the earlier day."
        )
    if first < (today := _today(settings)):
        raise LeadscoreError(
            f"On {first} all leads were shown under one ruleset, as {today} is "
            f"published: begin an experiment on {today} or later."
        )


def _shown_scorecard(warehouse: duckdb.DuckDBPyConnection) -> str:
    (scorecard,) = fetch_column(warehouse, "select scorecard from raw.run")
    return str(scorecard)


def _require_challenger(
    warehouse: duckdb.DuckDBPyConnection, challenger: str, champion: str
) -> str:
    """Return the scorecard of two rulesets, of which one may challenge the other."""
    rows = warehouse.execute("select ruleset, scorecard, status from rules.rulesets")
    rulesets = {
        name: (scorecard, status) for name, scorecard, status in rows.fetchall()
    }
    scorecard, status = rulesets[challenger]
    shown, _ = rulesets[champion]
    if scorecard != shown:
        raise LeadscoreError(
            f"{challenger} is of the scorecard {scorecard}, and lead_scores shows "
            f"{shown}: choose a ruleset of {shown}."
        )
    if status == CHAMPION:
        raise LeadscoreError(
            f"{challenger} is a champion of {scorecard}: an experiment tries a draft "
            f"or a challenger."
        )
    return str(scorecard)


def _common(
    warehouse: duckdb.DuckDBPyConnection, experiment: Experiment
) -> dict[str, object]:
    """Return what all decisions on an experiment have in common."""
    found = fetch_one(
        warehouse,
        f"select {', '.join(COMMON)} from raw.ruleset_decisions "
        f"where decision = ? and experiment = ?",
        [BEGUN, experiment.name],
    )
    return found or {}


def _figures(reading: Reading) -> dict[str, object]:
    challenger, champion = reading.challenger, reading.champion
    change = reading.difference
    days = [
        day for arm in (challenger, champion) for day in (arm.first, arm.last) if day
    ]
    return {
        "verdict": reading.verdict,
        "target": reading.target.name,
        "horizon_days": reading.target.horizon_days,
        "first_cut_off": min(days, default=None),
        "last_cut_off": max(days, default=None),
        "lead_count": challenger.leads + champion.leads,
        "success_count": reading.successes,
        "people_succeeded": reading.successes,
        "arm_leads": challenger.leads,
        "arm_leads_before": champion.leads,
        "arm_successes": challenger.successes,
        "arm_successes_before": champion.successes,
        "arm_mqls": challenger.mqls,
        "arm_mqls_before": champion.mqls,
        "rate_change": change.value,
        "rate_change_low": change.low,
        "rate_change_high": change.high,
        "leads_unfinished": challenger.unfinished + champion.unfinished,
    }


def _show(reading: Reading, console: Console) -> None:
    experiment, target, change = reading.experiment, reading.target, reading.difference
    console.print(
        f"The experiment [bold]{experiment.name}[/], from {experiment.from_date} to "
        f"{experiment.until_date}, target [bold]{target.name}[/]: "
        f"{target.description}, within {target.horizon_days} days after a lead "
        f"entered.\n",
        soft_wrap=True,
    )
    columns = ["shown under", "leads", "succeeded", "rate", "MQLs"]
    arms = [_row(arm) for arm in (reading.champion, reading.challenger)]
    console.print(as_table("Both arms, with intervals of 95 %", columns, arms), "")
    value, low, high = (100 * end for end in (change.value, change.low, change.high))
    console.print(
        f"Under {experiment.challenger} {value:+.1f} percentage points ({low:+.1f} to "
        f"{high:+.1f}).\nVerdict: [bold]{reading.verdict}[/]. {_why(reading)}",
        soft_wrap=True,
    )
    if unfinished := reading.champion.unfinished + reading.challenger.unfinished:
        console.print(
            f"Not counted: {counted(unfinished, 'lead')} whose {target.horizon_days} "
            f"days have not ended."
        )


def _row(arm: Arm) -> tuple[object, ...]:
    return arm.ruleset, arm.leads, arm.successes, between(arm.rate, percent), arm.mqls


def _why(reading: Reading) -> str:
    few = min(reading.successes, reading.others)
    if few < FEWEST_PEOPLE:
        who = "succeeded" if few == reading.successes else "did not succeed"
        return (
            f"Only {counted(few, 'lead')} of both {who}: below {FEWEST_PEOPLE} "
            f"differences are not told from chance."
        )
    return {
        BETTER: "More of its leads surely succeeded.",
        WORSE: "Fewer of its leads surely succeeded.",
        NO_DIFFERENCE: f"The rate is the same to {100 * NOTICEABLE_PART:.0f} % of it.",
    }.get(reading.verdict, "The difference may be chance.")
