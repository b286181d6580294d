"""Charts as SVG that a page holds in itself.

They are drawn when the page is written: no script runs in it. Colours are the page's
variables, so that they follow its light and dark.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import Any

import altair as alt
import vl_convert
from markupsafe import Markup

WIDTH = 340  # that of a phone: the text stays readable there
LABEL_WIDTH = 115
CURVE_HEIGHT = 220

ACCENT, MUTED, INK, GRID = (
    f"var(--{name})" for name in ("accent", "muted", "ink", "grid")
)
CONFIG = alt.Config(
    aria=False,
    background="transparent",
    view=alt.ViewConfig(stroke=None),
    axis=alt.AxisConfig(
        labelColor=INK,
        titleColor=INK,
        titleFontWeight="normal",
        gridColor=GRID,
        tickColor=GRID,
        domainColor=GRID,
        labelLimit=LABEL_WIDTH,
    ),
    legend=alt.LegendConfig(labelColor=INK),
)
PERCENT = "format(datum.value * 100, '~g') + ' %'"


def of(rows: Sequence[dict[str, Any]]) -> alt.Chart:
    """Return a chart of rows, which may be marked and encoded."""
    return alt.Chart(alt.InlineData(values=list(rows)))


def drawn(*layers: alt.Chart, height: int, width: int = WIDTH) -> Markup:
    """Draw layers above each other; what is data is escaped in the SVG."""
    chart = alt.layer(
        *layers,
        width=width,
        height=height,
        autosize=alt.AutoSizeParams(type="fit-x", contains="padding"),
        config=CONFIG,
    )
    # Unchecked: the check takes as long as all the rest, and what is drawn is ours.
    return _svg(chart.to_json(validate=False, indent=None))


@lru_cache(maxsize=64)
def _svg(specification: str) -> Markup:
    """Draw a chart, once for all the pages that show it: it takes 0.1 s."""
    svg = vl_convert.vegalite_to_svg(specification)
    # The page says in words what it shows.
    return Markup(svg.replace("<svg ", '<svg aria-hidden="true" ', 1))
