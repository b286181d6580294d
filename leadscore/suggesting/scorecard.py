"""Points from outcomes: which questions tell who succeeds, and for how many points.

A penalised logistic regression, its coefficients scaled to whole points.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from leadscore.judging.estimate import FEWEST_SUCCESSES, TOO_FEW, Estimate, Z, of_share
from leadscore.suggesting.cases import Cases

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Mask = NDArray[np.bool_]

POINTS_TO_DOUBLE = 20

# Of the questions asked, one in twenty at most by chance.
FALSE_SHARE = 0.05

# Two questions that nearly always have the same answer, or the opposite, are one.
ALIKE = 0.99

# The inverse of the penalty, the strongest first; where folds would lack successes the
# first is taken.
PENALTIES = (0.01, 0.1, 1.0)
FOLDS = 5


@dataclass(frozen=True)
class Lift:
    """How many times as often as all leads those succeed for whom a question holds.

    Attributes:
        leads: How many they are, each counted at every cut-off.
        value: The lift.
        low: The lower end of its interval of 95 %.
        high: The upper end.
    """

    leads: int
    value: float
    low: float
    high: float

    def __str__(self) -> str:
        """Return the lift as a rationale says it."""
        return (
            f"lift {self.value:.1f} [{self.low:.1f} to {self.high:.1f}] of "
            f"{self.leads:,} leads"
        )


@dataclass
class Scorecard:
    """What was learned.

    Attributes:
        points: The points of each question that has any, by its number.
        lifts: The lift of each of these.
        left_out: Why each other question has none.
        learned_from: How many leads at cut-offs, people and successes.
    """

    points: dict[int, int] = field(default_factory=dict)
    lifts: dict[int, Lift] = field(default_factory=dict)
    left_out: dict[int, str] = field(default_factory=dict)
    learned_from: tuple[int, int, int] = (0, 0, 0)


def learn(cases: Cases, rows: Mask) -> Scorecard:
    """Learn points from some of the cases.

    The questions that tell who succeeds, each for itself, are those that Benjamini and
    Hochberg (1995) let pass; of those alike the rarer one stays. A logistic regression
    with an L2 penalty, chosen by cross-validation that keeps a person's cut-offs
    together, gives each a coefficient; one whose sign contradicts the question's own
    lift is left out, and the others are fitted again. Points are the coefficients
    times 20 / ln 2: 20 points double the odds (Siddiqi 2006, "Credit Risk Scorecards").
    """
    import numpy as np

    succeeded, people = cases.succeeded[rows], cases.people[rows]
    found = Scorecard(
        learned_from=(len(people), len(np.unique(people)), int(succeeded.sum()))
    )
    if min(succeeded.sum(), (~succeeded).sum()) < FEWEST_SUCCESSES:
        found.left_out = dict.fromkeys(range(len(cases.questions)), TOO_FEW)
        return found
    answers = cases.answers[rows]
    measured = _Measured(answers, succeeded, people)
    chosen = _telling(cases, answers, measured, found)
    penalty = None
    while chosen:
        model = _fitted(answers[:, chosen], succeeded, people, penalty)
        penalty = model.C
        weights = dict(zip(chosen, model.coef_[0], strict=True))
        wrong = [q for q in chosen if weights[q] * (measured.lift(q).value - 1) < 0]
        if not wrong:
            break
        found.left_out |= dict.fromkeys(wrong, "others tell it already")
        chosen = [q for q in chosen if q not in wrong]
    for question in chosen:
        points = round(weights[question] * POINTS_TO_DOUBLE / math.log(2))
        if points:
            found.points[question] = points
            found.lifts[question] = measured.lift(question)
        else:
            found.left_out[question] = "others tell it already"
    return found


def plain_regression(cases: Cases, rows: Mask) -> NDArray[np.float64]:
    """Return what a logistic regression on every question says of all cases.

    It is learned from `rows`: what points are compared with.
    """
    answers, succeeded = cases.answers[rows], cases.succeeded[rows]
    model = _fitted(answers, succeeded, cases.people[rows])
    said: NDArray[np.float64] = model.decision_function(cases.answers)
    return said


def area(
    points: NDArray[Any],
    succeeded: Mask,
    people: NDArray[Any],
    strata: NDArray[Any],
) -> Estimate | None:
    """Return how often a lead that succeeded has more points than one that did not.

    Pairs of the same stratum (cut-off or fold) are compared, equal points count as
    half; the interval is that of Obuchowski (1997, "Nonparametric analysis of clustered
    ROC curve data"), on the scale of log odds. None if no pair can be compared.
    """
    import numpy as np

    share, part = np.zeros(len(points)), np.zeros(len(points))
    compared = 0
    for stratum in np.unique(strata):
        here = strata == stratum
        ours, theirs = here & succeeded, here & ~succeeded
        if not (ours.any() and theirs.any()):
            continue
        compared += (successes := int(ours.sum()))
        share[ours] = _share_below(points[theirs], points[ours])
        share[theirs] = 1 - _share_below(points[ours], points[theirs])
        mean = share[ours].mean()
        part[ours] = share[ours] - mean
        part[theirs] = (share[theirs] - mean) * successes / theirs.sum()
    if not compared:
        return None
    value = share[succeeded].sum() / compared
    _, numbers = np.unique(people, return_inverse=True)
    return of_share(
        value, math.sqrt((np.bincount(numbers, part / compared) ** 2).sum())
    )


def folds(succeeded: Mask, people: NDArray[Any]) -> NDArray[np.int64]:
    """Return a fold of each case: a person's are in one, and each has its successes."""
    import numpy as np

    found, numbers = np.unique(people, return_inverse=True)
    wins = np.bincount(numbers, succeeded, len(found)) > 0
    order = np.lexsort((np.random.default_rng(0).random(len(found)), wins))
    of_people = np.empty(len(found), dtype=np.int64)
    of_people[order] = np.arange(len(found)) % FOLDS
    return of_people[numbers]


class _Measured:
    """How often leads for whom each question holds succeed, beside all.

    Errors sum what a person adds over all cut-offs before squaring (Binder 1983).
    """

    def __init__(self, answers: Any, succeeded: Mask, people: NDArray[Any]) -> None:
        import numpy as np
        from scipy import sparse

        _, numbers = np.unique(people, return_inverse=True)
        cases = len(numbers)
        of_people = sparse.csr_matrix((np.ones(cases), (numbers, np.arange(cases))))
        leads = of_people @ answers
        wins = of_people @ answers.multiply(succeeded[:, None]).tocsr()
        self.leads = np.asarray(leads.sum(axis=0)).ravel()
        self.wins = np.asarray(wins.sum(axis=0)).ravel()
        self.base = succeeded.mean()
        self.expected = self.leads * self.base
        self.rest = succeeded.sum() - self.wins, succeeded.sum() - self.expected
        of_base = of_people @ (succeeded - self.base)
        self.error_of_log_lift = _error(
            _scaled(wins, self.wins) - _scaled(leads, self.leads),
            of_base / succeeded.sum(),
            1,
        )
        # With few successes the first says too little of chance.
        share = self.leads / cases
        clustered = _error(wins - leads * self.base, of_base, share)
        binomial = np.sqrt(self.expected * (1 - self.base) * (1 - share))
        error = np.maximum(clustered, binomial)
        excess = self.wins - self.expected
        self.z = np.divide(excess, error, out=np.zeros_like(excess), where=error > 0)

    def lift(self, question: int) -> Lift:
        """Return the lift of a question; of none or all the exact bound."""
        leads, wins = self.leads[question], self.wins[question]
        bound = 0.025 ** (1 / leads)
        if not wins:
            return Lift(int(leads), 0, 0, (1 - bound) / self.base)
        value = wins / leads / self.base
        if wins == leads:
            return Lift(int(leads), value, bound / self.base, value)
        spread = math.exp(Z * self.error_of_log_lift[question])
        return Lift(int(leads), value, value / spread, value * spread)

    def is_too_few(self, question: int) -> bool:
        """Whether too few successes are there or expected, inside or outside."""
        inside = max(self.wins[question], self.expected[question])
        outside = max(side[question] for side in self.rest)
        return bool(min(inside, outside) < FEWEST_SUCCESSES)


def _error(parts: Any, of_base: NDArray[Any], share: Any) -> NDArray[Any]:
    """Return the root of the summed squares of `parts - share * of_base`, by column."""
    import numpy as np

    squares = np.asarray(parts.multiply(parts).sum(axis=0)).ravel()
    crossed = np.asarray(parts.T @ of_base).ravel()
    summed = squares - 2 * share * crossed + share**2 * (of_base**2).sum()
    error: NDArray[Any] = np.sqrt(np.maximum(summed, 0))
    return error


def _scaled(matrix: Any, by: NDArray[Any]) -> Any:
    import numpy as np
    from scipy import sparse

    return matrix @ sparse.diags(np.divide(1, by, out=np.zeros_like(by), where=by > 0))


def _telling(
    cases: Cases, answers: Any, measured: _Measured, found: Scorecard
) -> list[int]:
    """Return the questions that tell who succeeds; note why the others do not."""
    import numpy as np
    from scipy.stats import norm

    every = range(len(cases.questions))
    few = [q for q in every if measured.is_too_few(q)]
    found.left_out |= dict.fromkeys(few, TOO_FEW)
    asked = _unlike(cases, answers, sorted(set(every).difference(few)), found)
    chances = 2 * norm.sf(np.abs(measured.z[asked]))
    order = np.argsort(chances, kind="stable")
    allowed = FALSE_SHARE * np.arange(1, len(asked) + 1) / max(len(asked), 1)
    passing = np.flatnonzero(chances[order] <= allowed)
    count = passing[-1] + 1 if len(passing) else 0
    telling = sorted(asked[place] for place in order[:count])
    silent = set(asked).difference(telling)
    found.left_out |= dict.fromkeys(silent, "no sign that it tells who succeeds")
    return telling


def _unlike(
    cases: Cases, answers: Any, asked: list[int], found: Scorecard
) -> list[int]:
    """Return one question of those alike: rather ours than a column, and the rarer."""
    import numpy as np

    matrix = answers[:, asked]
    shares = np.asarray(matrix.mean(axis=0)).ravel()
    spread = np.sqrt(np.maximum(shares * (1 - shares), 1e-12))
    together = np.asarray((matrix.T @ matrix).todense()) / matrix.shape[0]
    alike = np.abs(together - np.outer(shares, shares)) / np.outer(spread, spread)
    order = sorted(
        range(len(asked)),
        key=lambda place: (
            "." in cases.questions[asked[place]].name,
            round(float(shares[place]), 6),
            place,
        ),
    )
    kept: list[int] = []
    for place in order:
        if any(alike[place, other] > ALIKE for other in kept):
            found.left_out[asked[place]] = "another asks the same"
        else:
            kept.append(place)
    return [asked[place] for place in sorted(kept)]


def _fitted(
    answers: Any,
    succeeded: Mask,
    people: NDArray[Any],
    penalty: float | None = None,
) -> Any:
    import numpy as np
    from sklearn.linear_model import LogisticRegression
    from sklearn.model_selection import GridSearchCV, PredefinedSplit

    model = LogisticRegression(max_iter=1000)
    if len(np.unique(people[succeeded])) < FOLDS:
        penalty = PENALTIES[0]
    if penalty is not None:
        return model.set_params(C=penalty).fit(answers, succeeded)
    search = GridSearchCV(
        model,
        {"C": PENALTIES},
        scoring="neg_log_loss",
        cv=PredefinedSplit(folds(succeeded, people)),
    )
    return search.fit(answers, succeeded).best_estimator_


def _share_below(points: NDArray[Any], of: NDArray[Any]) -> NDArray[np.float64]:
    """Return which share of the points lie below each, equal ones counted as half."""
    import numpy as np

    ordered = np.sort(points)
    below = np.searchsorted(ordered, of, "left")
    up_to = np.searchsorted(ordered, of, "right")
    share: NDArray[np.float64] = (below + up_to) / (2 * len(ordered))
    return share
