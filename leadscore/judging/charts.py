"""Charts of the judged leads."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import altair as alt
from markupsafe import Markup

from leadscore.judging.estimate import Estimate
from leadscore.report.drawing import ACCENT, CURVE_HEIGHT, MUTED, PERCENT, drawn, of

ROW_HEIGHT = 20

LINES = [ACCENT, "var(--second)", "var(--third)"]
SHARES = {
    "precision_rate": "precision",
    "recall": "recall",
    "specificity": "specificity",
}
NUMBER = "format(datum.value, '~g')"
TICKS_OF_LIFT = [0.1, 0.5, 1, 2, 5, 10, 20, 50, 100]  # what leaves them is cut


@dataclass(frozen=True)
class Interval:
    """A number with its interval, and what it is of: a row of a chart."""

    name: str
    value: float
    low: float
    high: float


def intervals(
    rows: Sequence[Interval | str],
    title: str,
    base: float,
    *,
    is_share: bool = False,
    is_log: bool = False,
) -> Markup:
    """Draw numbers with their intervals, one below the other.

    Args:
        rows: The numbers and headings between them, from top to bottom.
        title: What the numbers are.
        base: Where the dashed line stands beside which they are seen.
        is_share: They are shares, shown in percent.
        is_log: They are multiples, on a logarithmic scale.
    """
    numbers = [row for row in rows if isinstance(row, Interval)]
    # The interval of three leads would leave no room for the others.
    low, high = 0.0, 1.5 * max(base, *(row.value for row in numbers)) or 1
    if is_log:
        low, high = TICKS_OF_LIFT[0], min(max(high, 3), TICKS_OF_LIFT[-1])
    names = [row if isinstance(row, str) else row.name for row in rows]
    told = [
        {
            "name": row.name,
            "value": min(max(row.value, low), high),
            "low": min(max(row.low, low), high),
            "high": min(row.high, high),
        }
        for row in numbers
    ]
    x = alt.X(
        "low:Q",
        scale=alt.Scale(
            type="log" if is_log else "linear", domain=[low, high], nice=not is_log
        ),
        axis=alt.Axis(values=TICKS_OF_LIFT, format="~g")
        if is_log
        else alt.Axis(tickCount=5, labelExpr=PERCENT if is_share else NUMBER),
        title=title,
    )
    chart = of(told).encode(
        y=alt.Y("name:N", scale=alt.Scale(domain=names), title=None)
    )
    line = of([{"base": base}])
    return drawn(
        line.mark_rule(color=MUTED, strokeDash=[4, 4]).encode(x="base:Q"),
        chart.mark_rule(color=ACCENT, strokeWidth=2).encode(x=x, x2="high:Q"),
        chart.mark_point(color=ACCENT, filled=True, opacity=1).encode(x="value:Q"),
        height=ROW_HEIGHT * len(rows),
    )


def gain(shares: Sequence[tuple[float, float]]) -> Markup:
    """Draw which share of the successes the best leads hold, beside what chance does.

    Args:
        shares: The share of the leads and of the successes, rising.
    """
    both = [{"leads": leads, "gain": held} for leads, held in [(0, 0), *shares]]
    axis = alt.Axis(labelExpr=PERCENT, tickCount=5)
    x = alt.X("leads:Q", axis=axis, title="Of the leads, best first")
    y = alt.Y("gain:Q", axis=axis, title="Of the successes")
    curve = of(both).encode(x=x, y=y)
    chance = of([both[0], {"leads": 1, "gain": 1}])
    return drawn(
        chance.mark_line(color=MUTED, strokeDash=[4, 4]).encode(x=x, y=y),
        curve.mark_line(color=ACCENT, point={"color": ACCENT}),
        height=CURVE_HEIGHT,
    )


def calibration(
    bands: Sequence[tuple[float, Estimate]], steps: Sequence[tuple[float, float]]
) -> Markup:
    """Draw how often leads succeeded by their points.

    Args:
        bands: The points of a band on average, and its rate.
        steps: From how many points on which rate is foretold, rising.
    """
    top = min(1, 1.5 * max(rate.value for _, rate in bands)) or 1
    told = [
        {"points": points, "rate": rate.value}
        | {"low": rate.low, "high": min(rate.high, top)}
        for points, rate in bands
    ]
    first, last = bands[0][0], bands[-1][0]
    stairs = [
        {"points": min(max(points, first), last), "rate": min(rate, top)}
        for points, rate in [*steps, *((last, rate) for _, rate in steps[-1:])]
        if points <= last
    ]
    x = alt.X("points:Q", scale=alt.Scale(zero=False), title="Total points")
    axis = alt.Axis(labelExpr=PERCENT, tickCount=5)
    scale = alt.Scale(domain=[0, top], nice=False)
    y = alt.Y("rate:Q", axis=axis, scale=scale, title="Succeeded")
    chart = of(told).encode(x=x)
    return drawn(
        of(stairs).mark_line(interpolate="step-after", color=MUTED).encode(x=x, y=y),
        chart.mark_rule(color=ACCENT, strokeWidth=2).encode(
            y=alt.Y("low:Q", axis=axis, scale=scale, title="Succeeded"), y2="high:Q"
        ),
        chart.mark_point(color=ACCENT, filled=True, opacity=1).encode(y=y),
        height=CURVE_HEIGHT,
    )


def thresholds(rows: Sequence[dict[str, Any]], marked: Sequence[int]) -> Markup:
    """Draw precision, recall and specificity by the threshold of points.

    Args:
        rows: Those of qualification_performance.
        marked: Thresholds that are marked.
    """
    told = [
        {"points": row["min_points"], "share": row[column], "name": name}
        for column, name in SHARES.items()
        for row in rows
        if row[column] is not None
    ]
    names = list(SHARES.values())
    legend = alt.Legend(orient="bottom", title=None, symbolSize=300)
    marks = of([{"points": points} for points in marked])
    return drawn(
        marks.mark_rule(color=MUTED, strokeDash=[2, 4]).encode(x="points:Q"),
        of(told)
        .mark_line()
        .encode(
            x=alt.X("points:Q", title="Threshold: total points"),
            y=alt.Y("share:Q", axis=alt.Axis(labelExpr=PERCENT, tickCount=5), title=""),
            color=alt.Color(
                "name:N", scale=alt.Scale(domain=names, range=LINES), legend=legend
            ),
            strokeDash=alt.StrokeDash(
                "name:N", scale=alt.Scale(domain=names, range=[[1, 0], [8, 3], [2, 2]])
            ),
        ),
        height=CURVE_HEIGHT,
    )
