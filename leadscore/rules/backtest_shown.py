"""`leadscore rules backtest`: what a change of rules would have done, as text."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from rich.console import Console

from leadscore.errors import counted
from leadscore.judging.comparison import (
    BETTER,
    FEWEST_PEOPLE,
    NO_DIFFERENCE,
    NOTICEABLE,
    WORSE,
    Comparison,
)
from leadscore.judging.estimate import TOO_FEW, Estimate
from leadscore.rules.backtest import Backtest, backtest
from leadscore.rules.compare import grade_key
from leadscore.settings import Settings
from leadscore.terminal import as_table


def show_backtest(
    settings: Settings,
    before: str,
    after: str,
    target: str | None,
    days: list[date],
    console: Console,
) -> None:
    """Print what a change of rulesets would have done.

    Arguments and errors are those of `backtest`.
    """
    show(backtest(settings, before, after, target, days, console), console)


def show(found: Backtest, console: Console) -> None:
    """Print a backtest."""
    target, comparison = found.cut_offs.target, found.comparison
    within = f", within {target.horizon_days} days after the cut-off"
    console.print(
        f"From [bold]{found.before}[/] to [bold]{found.after}[/], target "
        f"[bold]{target.name}[/]: {target.description}"
        f"{within if found.cut_offs.is_dated else ''}.\n",
        soft_wrap=True,
    )
    if not found.cut_offs.is_dated:
        console.print(
            "It is not known when leads succeeded: so the cut-off is the newest day, "
            "and what is known of a lead may be younger than its success.\n",
            soft_wrap=True,
        )
    console.print(as_table("Cut-offs", ["day", "leads", "succeeded"], found.by_day), "")
    columns = ["", "before", "after", "difference"]
    title = "With intervals of 95 %, in which each person counts once"
    console.print(as_table(title, columns, _measures(comparison)), "")
    for word, (mqls, succeeded) in (
        ("won", comparison.won),
        ("lost", comparison.lost),
    ):
        console.print(
            f"MQLs {word}: [bold]{mqls:,}[/], of which {succeeded:,} succeeded"
            + (f" ({_percent(mqls, succeeded)} %)" if mqls else "")
        )
    columns = ["grade", "before", "succeeded", "%", "after", "succeeded", "%"]
    grades = sorted(comparison.grades, key=lambda row: grade_key(row[0]))
    rows = [
        (
            *(grade, before, old, _percent(before, old)),
            *(after, new, _percent(after, new)),
        )
        for grade, before, old, after, new in grades
    ]
    console.print("", as_table("MQLs by grade", columns, rows), "")
    console.print(
        f"Verdict: [bold]{comparison.verdict}[/]. {why(comparison)}",
        soft_wrap=True,
    )
    if unfinished := found.cut_offs.unfinished:
        console.print(
            f"Not judged, as their {target.horizon_days} days have not ended: "
            f"{', '.join(map(str, unfinished))}.",
            soft_wrap=True,
        )


def why(comparison: Comparison) -> str:
    """Return why the verdict is what it is, as a sentence."""
    few = min(comparison.people, comparison.others)
    if few < FEWEST_PEOPLE:
        who = "succeeded" if few == comparison.people else "did not succeed"
        return (
            f"Only {counted(few, 'lead')} {who}: below {FEWEST_PEOPLE} differences "
            f"are not told from chance."
        )
    return {
        BETTER: "AUC or precision is surely higher, and the other is not lower.",
        WORSE: "AUC or precision is surely lower.",
        NO_DIFFERENCE: f"The AUC is the same to {NOTICEABLE} up or down.",
    }.get(
        comparison.verdict,
        f"The difference may be chance. If it stays as it is, it takes about "
        f"{counted(comparison.wanting, 'lead')} more that succeed, after the "
        f"{comparison.people:,} that did.",
    )


def _measures(comparison: Comparison) -> Iterator[tuple[str, ...]]:
    if comparison.auc_before and comparison.auc_after and comparison.auc_difference:
        yield (
            "AUC (0.5 is chance)",
            _plain(comparison.auc_before),
            _plain(comparison.auc_after),
            _change(comparison.auc_difference),
        )
    if best := comparison.best:
        yield (
            f"precision of the best {best.volume:,.0f}, %",
            _plain(best.before, times=100, places=1),
            _plain(best.after, times=100, places=1),
            _change(best.difference, times=100, places=1),
        )
        yield (
            "lift of these",
            f"{best.before.value / best.base_rate:.2f}",
            f"{best.after.value / best.base_rate:.2f}",
            _change(best.lift_difference, places=2),
        )


def _plain(estimate: Estimate, *, times: int = 1, places: int = 3) -> str:
    value, low, high = (
        f"{number * times:.{places}f}"
        for number in (estimate.value, estimate.low, estimate.high)
    )
    return f"{value} ({low} to {high})"


def _change(estimate: Estimate | None, *, times: int = 1, places: int = 3) -> str:
    if estimate is None:
        return TOO_FEW
    value, low, high = (
        f"{number * times:+.{places}f}"
        for number in (estimate.value, estimate.low, estimate.high)
    )
    return f"{value} ({low} to {high})"


def _percent(leads: int, succeeded: int) -> str:
    return f"{100 * succeeded / leads:.1f}" if leads else ""
