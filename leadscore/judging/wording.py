"""Numbers as people write them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any

from leadscore.judging.estimate import Estimate

NONE = "–"  # noqa: RUF001
MINUS = "−"  # noqa: RUF001
SPACE = "\u00a0"  # a number and its unit stay on one line


def percent(share: float | None) -> str:
    """Return a share as 12.3 %."""
    return NONE if share is None else f"{100 * share:,.1f}{SPACE}%"


def times(multiple: float | None) -> str:
    """Return a multiple: two decimals, or one from 10 on."""
    if multiple is None:
        return NONE
    return f"{multiple:,.2f}" if multiple < 10 else f"{multiple:,.1f}"


def number(value: float | Decimal | None) -> str:
    """Return a count, or another number with one decimal."""
    if value is None:
        return NONE
    text = f"{value:,}" if isinstance(value, int) else f"{value:,.1f}"
    return text.replace("-", MINUS)


def points(value: float | Decimal) -> str:
    """Return the points of a rule with their sign: +5 or +12.3."""
    return f"{value:+,.1f}".removesuffix(".0").replace("-", MINUS)


def between(estimate: Estimate, told: Callable[[float | None], str]) -> str:
    """Return a number with its interval: 12.3 % (8.1 to 17.0)."""
    if estimate.value is None:
        return NONE
    unit = f"{SPACE}%"
    low, high = (told(end).removesuffix(unit) for end in (estimate.low, estimate.high))
    return f"{told(estimate.value)} ({low} to {high})"


def estimate_of(row: Mapping[str, Any], column: str, ends: str | None = None) -> str:
    """Return the share in a column of a row with its interval.

    Args:
        row: A row of a mart.
        column: The column of the share.
        ends: What the columns of the interval begin with, if not with its name.
    """
    names = (column, *(f"{ends or column}_{end}" for end in ("low", "high")))
    if row[column] is None:
        return NONE
    return between(Estimate(*(row[name] for name in names)), percent)


def wanting(row: Mapping[str, Any]) -> str:
    """Return how many leads more it takes until anything can be said."""
    return number(row["leads_wanting"]) if row["leads_wanting"] else ""


def met(is_met: bool) -> str:
    """Return whether a bar is met."""
    return "met" if is_met else "not met"
