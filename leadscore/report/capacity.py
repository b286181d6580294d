"""What the capacity of the teams asks of the threshold, by what was judged."""

from __future__ import annotations

from leadscore.judging.wording import number, percent
from leadscore.report.page import Shown
from leadscore.report.parts import Section, Table

# So many below the one that the teams can take, and above.
THRESHOLDS_SHOWN = 2


def capacity(shown: Shown) -> list[Section]:
    """Say which threshold brings as many leads a week as the teams can take.

    Nothing, if nobody is in a team or it was not judged yet what thresholds bring.
    """
    [taken] = shown.column("select sum(capacity_per_week)::integer from team_loads")
    rows = shown.rows(
        "from qualification_performance where target = ? and ruleset = ? "
        "and grade_letter = 'all' and mqls_per_week is not null order by min_points",
        [shown.target, shown.ruleset],
    )
    if not rows or taken is None:
        return []
    within = [row for row in rows if row["mqls_per_week"] <= taken]
    most = within[0] if within else rows[-1]
    place = rows.index(most)
    near = rows[max(place - THRESHOLDS_SHOWN, 0) : place + THRESHOLDS_SHOWN + 1]
    table = Table(
        "Thresholds near it",
        ["least points", "leads a week", "of whom succeeded", "the teams take"],
        [
            [
                *(number(row["min_points"]), number(row["mqls_per_week"])),
                *(percent(row["precision_rate"]), number(taken)),
            ]
            for row in near
        ],
    )
    told = (
        f"The teams can take {number(taken)} leads a week. If all from "
        f"{number(most['min_points'])} points on were called, whatever their grade, "
        f"{number(most['mqls_per_week'])} would come in a week"
    )
    told += "." if within else ": more than that, even from the highest threshold on."
    return [Section("How many the teams can take", [told], tables=[table])]
