"""`leadscore rules promote | demote`: makes a ruleset the champion, and keeps why."""

from __future__ import annotations

import getpass
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from pathlib import Path

import duckdb
from rich.console import Console

from leadscore.dbt_runner import copy_seed
from leadscore.errors import LeadscoreError
from leadscore.experiments import READ, find_experiments
from leadscore.judging.comparison import BETTER
from leadscore.judging.estimate import Estimate
from leadscore.rules.backtest import Backtest, backtest, copy_rules, fingerprints
from leadscore.rules.backtest_shown import show, why
from leadscore.rules.check import require_valid, rules_folder
from leadscore.rules.row import ADDRESS
from leadscore.rules.rulesets_file import RulesetsFile
from leadscore.rules.schema import SEEDS
from leadscore.runs import Run, current_run
from leadscore.settings import DBT_PROJECT, Settings
from leadscore.warehouse import connect, fetch_column

PROMOTED, DEMOTED = "promoted", "demoted"


@dataclass(frozen=True)
class Change:
    """Another champion of a scorecard.

    Attributes:
        scorecard: The scorecard.
        decision: PROMOTED, or DEMOTED if an earlier promotion is taken back.
        ruleset: The champion from now on.
        before: The champion until now.
        because: The reason given, if any.
        by: Who decides.
    """

    scorecard: str
    decision: str
    ruleset: str
    before: str
    because: str | None
    by: str


def promote(
    settings: Settings,
    ruleset: str,
    target: str | None,
    because: str | None,
    by: str | None,
    console: Console,
    *,
    days: Sequence[date] = (),
) -> None:
    """Make a ruleset the champion of its scorecard if a backtest finds it better.

    Args:
        settings: The world, with the ruleset in its `config` or among ours.
        ruleset: The ruleset.
        target: The target that judges; None: the first of targets.csv.
        because: A reason, which is kept; with one it is promoted whatever the verdict.
        by: Who decides; None: the login name.
        console: Where to print.
        days: The cut-offs; none: every month's last day whose horizon has ended.

    Raises:
        LeadscoreError: If it is not better and no reason is given, is the champion
            already, there is nothing to compare it with, or an experiment is on.
    """
    run = current_run(settings)
    file = _file(settings, run)
    scorecard = file.ruleset(ruleset).scorecard
    before = file.champion(scorecard, run.as_of_date)
    if before == ruleset:
        raise LeadscoreError(
            f"{ruleset} is the champion of {scorecard} already. What changed rows of "
            f"it do, `leadscore rules backtest {ruleset} {ruleset}` says."
        )
    change = Change(scorecard, PROMOTED, ruleset, before, because, by or login())
    require_no_address(because)
    _require_no_experiment(settings, scorecard, run.as_of_date)
    content = file.with_champion(ruleset, before, run.as_of_date)
    found = backtest(settings, before, ruleset, target, list(days), console)
    show(found, console)
    if found.comparison.verdict != BETTER and not because:
        because = _found_better(settings, change, found.cut_offs.target.name)
        if because is None:
            raise LeadscoreError(
                f"{ruleset} is not promoted: compared with {before}, the champion, the "
                f"verdict is {found.comparison.verdict!r}. {why(found.comparison)} To "
                f"promote it all the same, say why: --because. Or let an experiment "
                f"decide: `leadscore rules experiment {ruleset}`."
            )
        change = replace(change, because=because)
        console.print(f"\n{because}.")
    _decide(settings, change, file, content, found)
    _tell(change, file, console)


def demote(
    settings: Settings,
    scorecard: str | None,
    because: str | None,
    by: str | None,
    console: Console,
) -> None:
    """Make the ruleset the champion again that was it before the last promotion.

    Args:
        settings: The world, with the rules in its `config` or among ours.
        scorecard: Whose champion; None: that of the scorecard that lead_scores shows.
        because: A reason, which is kept.
        by: Who decides; None: the login name.
        console: Where to print.

    Raises:
        LeadscoreError: If no promotion made the champion what it is, the ruleset before
            is gone, or an experiment is on.
    """
    run = current_run(settings)
    file = _file(settings, run)
    scorecard = scorecard or run.scorecard
    champion = file.champion(scorecard, run.as_of_date)
    with connect(settings, read_only=True) as warehouse:
        earlier = fetch_column(
            warehouse,
            "select ruleset_before from raw.ruleset_decisions "
            "where decision = ? and scorecard = ? and ruleset = ? "
            "order by decided_at desc limit 1",
            [PROMOTED, scorecard, champion],
        )
    if not earlier:
        raise LeadscoreError(
            f"{champion}, the champion of {scorecard}, was not promoted here: there is "
            f"none before it to bring back. Promote another: `leadscore rules promote`."
        )
    (ruleset,) = earlier
    file.ruleset(ruleset)
    require_no_address(because)
    _require_no_experiment(settings, scorecard, run.as_of_date)
    change = Change(scorecard, DEMOTED, ruleset, champion, because, by or login())
    content = file.with_champion(ruleset, champion, run.as_of_date)
    _decide(settings, change, file, content, None)
    _tell(change, file, console)


def _file(settings: Settings, run: Run) -> RulesetsFile:
    """Return the rulesets.csv that the world is scored by."""
    require_valid(settings)
    folder = rules_folder(settings)
    if folder == SEEDS / "rules" and Path(DBT_PROJECT, run.seeds).resolve() != SEEDS:
        raise LeadscoreError(
            f"{settings.data} was scored last by rules in a folder of your own: name "
            f"it with --config, as it is there that the champion changes."
        )
    return RulesetsFile(folder)


def require_no_address(because: str | None) -> None:
    """Refuse a reason with an address in it.

    Raises:
        LeadscoreError: If there is one.
    """
    if found := ADDRESS.search(because or ""):
        raise LeadscoreError(
            f"{found[0]} is an address, and the reason is published: give it without."
        )


def login() -> str:
    """Return who decides if nobody says so.

    Raises:
        LeadscoreError: If the machine does not know.
    """
    try:
        return getpass.getuser()
    except (KeyError, OSError) as error:
        raise LeadscoreError(
            "Nobody knows who you are here: say who decides, --by NAME."
        ) from error


def keep(warehouse: duckdb.DuckDBPyConnection, decision: dict[str, object]) -> None:
    """Add a decision, by column, with the time that it is."""
    row = {"decided_at": datetime.now(UTC).replace(tzinfo=None), **decision}
    columns, values = ", ".join(row), ", ".join("?" * len(row))
    warehouse.execute(
        f"insert into raw.ruleset_decisions ({columns}) values ({values})",
        list(row.values()),
    )


def _require_no_experiment(settings: Settings, scorecard: str, day: date) -> None:
    """Refuse another champion while leads are divided between this one and another."""
    with connect(settings, read_only=True) as warehouse:
        found = find_experiments(warehouse)
    for experiment in found:
        if experiment.scorecard == scorecard and experiment.until_date >= day:
            raise LeadscoreError(
                f"An experiment of {experiment.challenger} with the champion "
                f"{experiment.champion} runs until {experiment.until_date}: wait, or "
                f"end it with `leadscore rules experiment --stop`."
            )


def _found_better(settings: Settings, change: Change, target: str) -> str | None:
    """Return which experiment allows it: as it is, the last reading found it better."""
    with connect(settings, read_only=True) as warehouse:
        found = warehouse.execute(
            "select experiment, verdict, ruleset_fingerprint "
            "from raw.ruleset_decisions where decision = ? and ruleset = ? "
            "and ruleset_before = ? and target = ? order by decided_at desc limit 1",
            [READ, change.ruleset, change.before, target],
        ).fetchone()
    if found is None:
        return None
    experiment, verdict, fingerprint = found
    with tempfile.TemporaryDirectory(prefix="leadscore-") as scratch:
        rules = Path(scratch, "rules")
        copy_rules(settings, rules)
        is_the_same = fingerprints(settings, rules)[change.ruleset] == fingerprint
    if verdict != BETTER or not is_the_same:
        return None
    return f"The experiment {experiment} found it better"


def _decide(
    settings: Settings,
    change: Change,
    file: RulesetsFile,
    content: bytes,
    found: Backtest | None,
) -> None:
    """Keep a decision with its figures, and carry it out: both or none."""
    with tempfile.TemporaryDirectory(prefix="leadscore-") as scratch:
        rules, changed = Path(scratch, "rules"), Path(scratch, file.path.name)
        copy_rules(settings, rules)
        changed.write_bytes(content)
        copy_seed(changed, rules / changed.name)
        after = fingerprints(settings, rules)
    before = fingerprints(settings, None)
    row = {
        "scorecard": change.scorecard,
        "decision": change.decision,
        "ruleset": change.ruleset,
        "ruleset_before": change.before,
        "ruleset_fingerprint": after[change.ruleset],
        "ruleset_fingerprint_before": before.get(change.before),
        "decided_by": change.by,
        "because": change.because,
        **(_figures(found) if found else {}),
    }
    with connect(settings) as warehouse:
        warehouse.begin()
        keep(warehouse, row)
        file.path.write_bytes(content)
        warehouse.commit()


def _figures(found: Backtest) -> dict[str, object]:
    comparison, cut_offs, best = found.comparison, found.cut_offs, found.comparison.best
    figures: dict[str, object] = {
        "verdict": comparison.verdict,
        "target": cut_offs.target.name,
        "horizon_days": cut_offs.target.horizon_days,
        "first_cut_off": min(cut_offs.days),
        "last_cut_off": max(cut_offs.days),
        "cut_offs": len(cut_offs.days),
        "lead_count": comparison.leads,
        "success_count": comparison.successes,
        "people_succeeded": comparison.people,
        "mqls_won": comparison.won[0],
        "mqls_won_succeeded": comparison.won[1],
        "mqls_lost": comparison.lost[0],
        "mqls_lost_succeeded": comparison.lost[1],
    }
    if comparison.auc_before and comparison.auc_after and comparison.auc_difference:
        figures |= {
            "auc": comparison.auc_after.value,
            "auc_before": comparison.auc_before.value,
            **_of("auc_change", comparison.auc_difference),
        }
    if best:
        figures |= {
            "volume": best.volume,
            "precision": best.after.value,
            "precision_before": best.before.value,
            **_of("precision_change", best.difference),
            "lift": best.after.value / best.base_rate,
            "lift_before": best.before.value / best.base_rate,
            **_of("lift_change", best.lift_difference),
        }
    return figures


def _of(name: str, estimate: Estimate | None) -> dict[str, float]:
    if estimate is None:
        return {}
    return {
        name: estimate.value,
        f"{name}_low": estimate.low,
        f"{name}_high": estimate.high,
    }


def _tell(change: Change, file: RulesetsFile, console: Console) -> None:
    console.print(
        f"\n[bold]{change.ruleset}[/] is the champion of {change.scorecard}, and "
        f"{change.before} a challenger: {file.path} says so. The next score shows it: "
        f"`make score`.",
        soft_wrap=True,
    )
