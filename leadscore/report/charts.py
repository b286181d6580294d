"""Charts of the leads as they are."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

import altair as alt
from markupsafe import Markup

from leadscore.report.drawing import ACCENT, CURVE_HEIGHT, drawn, of

COUNT = "format(datum.value, ',~d')"

LINE_HEIGHT = 90


def histogram(bars: Sequence[tuple[float, int]], width: float, title: str) -> Markup:
    """Draw how many leads lie in each stretch of an axis.

    Args:
        bars: Where a stretch begins, and how many leads lie in it.
        width: How long each is.
        title: What the axis shows.
    """
    told = [{"low": low, "high": low + width, "leads": leads} for low, leads in bars]
    x = alt.X("low:Q", title=title, axis=alt.Axis(tickCount=8), scale=alt.Scale())
    axis = alt.Axis(labelExpr=COUNT, tickCount=5)
    return drawn(
        of(told)
        .mark_bar(color=ACCENT, binSpacing=1)
        .encode(
            x=x.bin("binned"), x2="high:Q", y=alt.Y("leads:Q", axis=axis, title="Leads")
        ),
        height=CURVE_HEIGHT,
    )


def over_time(counts: Sequence[tuple[date, int]]) -> Markup:
    """Draw how many leads there were on each day, from none on.

    Args:
        counts: Day and how many leads.
    """
    return _line(counts, alt.Scale(domainMin=0), height=LINE_HEIGHT)


def points_over_time(totals: Sequence[tuple[date, float]]) -> Markup:
    """Draw the total points of a lead on each day.

    Args:
        totals: Day and points.
    """
    return _line(totals, alt.Scale(zero=True), height=CURVE_HEIGHT)


def _line(
    values: Sequence[tuple[date, float]], scale: alt.Scale, *, height: int
) -> Markup:
    told = [{"day": str(day), "value": value} for day, value in values]
    axis = alt.Axis(labelExpr=COUNT, tickCount=height // 30)
    return drawn(
        of(told)
        .mark_line(color=ACCENT, point={"color": ACCENT, "size": 12})
        .encode(
            x=alt.X("day:T", title=None, axis=alt.Axis(format="%m-%d", tickCount=5)),
            y=alt.Y("value:Q", title=None, axis=axis, scale=scale),
        ),
        height=height,
    )
