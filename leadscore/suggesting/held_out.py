"""Which cases points are learned from, and which judge them, having not been seen."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

from leadscore.errors import LeadscoreError, counted
from leadscore.judging.cut_offs import CutOffs
from leadscore.judging.estimate import FEWEST_SUCCESSES
from leadscore.suggesting.cases import Cases
from leadscore.suggesting.scorecard import FOLDS, folds

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

# So much of the successes is learned from, as near as the cut-offs allow.
LEARNED_SHARE = 2 / 3


@dataclass(frozen=True)
class Split:
    """Which cases are learned from, and which are judged by whom.

    Attributes:
        learned: The cases that the written ruleset is learned from.
        judged: The cases that judge it.
        fold: Which scorecard judges each case: of these it has seen none.
        days: The cut-offs that are scored to judge.
        said: How it was judged, as a sentence.
    """

    learned: NDArray[np.bool_]
    judged: NDArray[np.bool_]
    fold: NDArray[np.int64] | None
    days: list[date]
    said: str


def split_of(cut_offs: CutOffs, cases: Cases) -> Split:
    """Split the cases in time, or among people where nobody knows the time.

    What is learned from ends before the first day that judges begins: no outcome that
    a cut-off is judged by was known when the points were learned.

    Raises:
        LeadscoreError: If there are too few successes on one of the sides.
    """
    import numpy as np

    every = np.ones(len(cases.succeeded), dtype=bool)
    if not cut_offs.is_dated:
        if cases.succeeded.sum() < (wanted := FOLDS * FEWEST_SUCCESSES):
            raise _too_few(cut_offs, cases, str(wanted))
        return Split(
            *(every, every, folds(cases.succeeded, cases.people), cut_offs.days),
            f"Nobody knows when leads succeeded, so time cannot judge: each of {FOLDS} "
            f"parts of the people was scored by points learned from the others "
            f"(cross-validated). What is known of a lead may be younger than its "
            f"success.",
        )
    horizon = np.timedelta64(cut_offs.target.horizon_days, "D")

    def sides(day: np.datetime64) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
        return cases.days + horizon <= day, cases.days >= day

    def closeness(day: np.datetime64) -> tuple[int, float]:
        learned, judged = (int(cases.succeeded[side].sum()) for side in sides(day))
        share = learned / max(1, learned + judged)
        return min(learned, judged, FEWEST_SUCCESSES), -abs(share - LEARNED_SHARE)

    day = max(np.unique(cases.days), key=closeness, default=None)
    if day is None or closeness(day)[0] < FEWEST_SUCCESSES:
        raise _too_few(
            cut_offs,
            cases,
            f"{FEWEST_SUCCESSES} to learn from, and as many at cut-offs "
            f"{cut_offs.target.horizon_days} days later, to judge by",
        )
    learned, judged = sides(day)
    days = [one for one in cut_offs.days if np.datetime64(one) >= day]
    return Split(
        *(learned, judged, None, days),
        f"Judged by {cases.succeeded[judged].sum():,} successes of {judged.sum():,} "
        f"leads at {counted(len(days), 'later cut-off')} from {days[0]} on, when all "
        f"that was learned from was known.",
    )


def _too_few(cut_offs: CutOffs, cases: Cases, wanted: str) -> LeadscoreError:
    return LeadscoreError(
        f"Too few to say: {cases.succeeded.sum():,} successes of the target "
        f"{cut_offs.target.name} at {counted(len(cut_offs.days), 'cut-off')}. It takes "
        f"{wanted}."
    )
