"""`leadscore rules suggest`: a draft ruleset whose points are learned from outcomes."""

from __future__ import annotations

import math
import shutil
import tempfile
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

import duckdb
from rich.console import Console

from leadscore.errors import LeadscoreError, counted
from leadscore.judging.cut_offs import CutOffs, Judged
from leadscore.judging.estimate import Estimate
from leadscore.judging.leaks import find_leaks
from leadscore.judging.targets import Target, find_targets
from leadscore.rules.check import check, require_valid, rules_folder, vocabulary_of
from leadscore.settings import ACCOUNT_SCORECARD, Settings
from leadscore.suggesting.cases import Cases, read_cases
from leadscore.suggesting.draft_rules import (
    RuleFiles,
    Threshold,
    drafted,
    scaled_thresholds,
    thresholds_of,
)
from leadscore.suggesting.held_out import Split, split_of
from leadscore.suggesting.scorecard import (
    Scorecard,
    area,
    learn,
    plain_regression,
)
from leadscore.terminal import as_table

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

RULES_SHOWN = 10


def suggest(
    settings: Settings,
    name: str,
    into: Path,
    console: Console,
    *,
    target: str | None = None,
    base: str | None = None,
    keep: Sequence[str] = (),
) -> None:
    """Learn a ruleset from outcomes, judge it, and write it as rule files.

    Nothing is written if nothing tells who succeeds: if no question does, or if the
    points order leads that they have not seen no better than chance.

    Args:
        settings: The world; its rules are copied, and the ruleset is added to them.
        name: The new ruleset, a draft.
        into: The folder that gets them, for `--config`.
        console: Where to print.
        target: What counts as success; None: the first of targets.csv.
        base: The ruleset that grades, levels and qualification are taken from; None:
            the champion of the first scorecard.
        keep: Signals to ask for though they seem to give away who succeeded.

    Raises:
        LeadscoreError: If there is such a ruleset already, the folder holds other
            rules, there is no such target or base, or there are too few successes.
    """
    require_valid(settings)
    chosen = find_targets(settings, target)[0]
    with tempfile.TemporaryDirectory(prefix="leadscore-") as scratch:
        folder = Path(scratch)
        files = RuleFiles.read(rules_folder(settings), folder / "there")
        base = base or _champion(files, chosen.scorecard)
        _require_new(files, name, base)
        _require_place(settings, into)
        work = _Work(settings, folder, files.of(base), console)
        cut_offs = work.scored(work.base, chosen, facts=True)
        with work.connected() as connection:
            leaks = {leak.signal: leak for leak in find_leaks(connection, chosen.name)}
            _require_leaks(keep, list(leaks))
            left_out = leaks.keys() - set(keep)
            cases = read_cases(connection, chosen.name, base, left_out)
        for signal in sorted(left_out):
            console.print(
                f"Left out: {leaks[signal].sentence} (--keep {signal!r} asks for it.)",
                soft_wrap=True,
                markup=False,
            )
        split = split_of(cut_offs, cases)
        suggestion = _Suggestion(cases, split)
        if suggestion.scorecard.points:
            suggestion.judge(work, name, chosen)
        suggestion.show(base, console)
        if not suggestion.tells:
            console.print(
                "Nothing here tells who succeeds: no points are suggested, and nothing "
                "was written."
            )
            return
        draft = suggestion.draft(work, name, chosen.name)
        written = files.with_rows(draft)
        _require_sound(written, settings, folder / "written")
        _copy_config(settings, into)
        written.write(into / "rules")
    unseen = "".join(f" --cut-off {day}" for day in split.days if cut_offs.is_dated)
    console.print(
        f"Written to {into}, as a draft: `leadscore rules diff {base} {name} --config "
        f"{into}` shows whom it moves. Backtest and promote it by leads that it has "
        f"not seen: `leadscore rules backtest {base} {name} --config {into}{unseen}`"
        + ("." if cut_offs.is_dated else ", once newer ones are delivered."),
        soft_wrap=True,
        markup=False,
    )


class _Work:
    """Scores rulesets at cut-offs, into a file of their own each time."""

    def __init__(
        self, settings: Settings, folder: Path, base: RuleFiles, console: Console
    ) -> None:
        self.settings = settings
        self.folder = folder
        self.base = base
        self.console = console
        self._number = 0
        self._judged: Judged | None = None

    def scored(
        self,
        rules: RuleFiles,
        target: Target,
        days: list[date] | None = None,
        *,
        facts: bool = False,
    ) -> CutOffs:
        """Score rulesets at a target's cut-offs; `connected` opens what came out."""
        self._number += 1
        rules.write(self._path("rules"))
        judged = Judged(self.settings, self._path("judged.duckdb"), self._path("rules"))
        self._judged = judged
        [cut_offs] = judged.plan([target], days)
        with self.console.status("Scoring the first cut-off ...") as status:
            for done, day in enumerate(judged.score([cut_offs], facts=facts), start=1):
                status.update(
                    f"Scored {done} of {len(cut_offs.days)} cut-offs, {day} ..."
                )
        return cut_offs

    @contextmanager
    def connected(self) -> Iterator[duckdb.DuckDBPyConnection]:
        assert self._judged is not None
        with self._judged.connect() as connection:
            yield connection

    def _path(self, name: str) -> Path:
        return self.folder / f"{self._number}_{name}"


class _Suggestion:
    """A scorecard, and how it did on leads that it had not seen."""

    def __init__(self, cases: Cases, split: Split) -> None:
        self.cases = cases
        self.split = split
        self.scorecard = learn(cases, split.learned)
        self.by_fold: list[Scorecard] = []
        if split.fold is not None:
            every = range(int(split.fold.max()) + 1)
            self.by_fold = [learn(cases, split.fold != fold) for fold in every]
        # Of all cases: what the written rules gave, and what those that had not seen
        # them did.
        self.points: dict[str, NDArray[np.float64]] = {}
        self.unseen: NDArray[np.float64] | None = None

    @property
    def area(self) -> Estimate | None:
        """How the points order leads that they have not seen."""
        return None if self.unseen is None else self._area(self.unseen)

    @property
    def tells(self) -> bool:
        """Whether the points order such leads better than chance."""
        return self.area is not None and self.area.low > 0.5

    def judge(self, work: _Work, name: str, target: Target) -> None:
        """Score the cases under the learned rules, as any ruleset is scored."""
        import numpy as np

        cards = {name: self.scorecard} | {
            f"{name}-{fold}": card for fold, card in enumerate(self.by_fold)
        }
        drafts = [self._draft(work, *card, _as_it_is, {}) for card in cards.items()]
        work.scored(drafts[0].with_rows(*drafts[1:]), target, self.split.days)
        with work.connected() as connection:
            scored = {
                ruleset: _points(connection, ruleset, self.cases) for ruleset in cards
            }
        self.points = scored[name]
        totals = [scored[ruleset]["total"] for ruleset in cards]
        if self.split.fold is None:
            self.unseen = totals[0]
        else:
            self.unseen = np.choose(self.split.fold, totals[1:])

    def draft(self, work: _Work, name: str, target: str) -> RuleFiles:
        """Return the rows to write: as many leads reach a threshold as before."""
        judged = self.split.judged
        before, after = (
            {kind: points[judged] for kind, points in side.items()}
            for side in (self.cases.points, self.points)
        )
        base_points = max(0, math.ceil(-after["total"].min()))
        after["total"] = after["total"] + base_points
        threshold = scaled_thresholds(thresholds_of(work.base), before, after)
        leads, _, successes = self.scorecard.learned_from
        (head,) = work.base.rows["rulesets"]
        cells = {
            "effective_from": str(max(self.cases.days.astype("datetime64[D]"))),
            "description": (
                f"Points learned from the target {target}: {successes:,} successes of "
                f"{leads:,} leads at cut-offs. AUC {_told(self.area)}. Graded as "
                f"{head['ruleset']}"
            ),
        }
        return self._draft(work, name, self.scorecard, threshold, cells, base_points)

    def _draft(
        self,
        work: _Work,
        name: str,
        scorecard: Scorecard,
        threshold: Threshold,
        cells: Mapping[str, str],
        base_points: int = 0,
    ) -> RuleFiles:
        return drafted(
            *(name, scorecard, self.cases.questions, work.base, threshold, cells),
            base_points=base_points,
        )

    def show(self, base: str, console: Console) -> None:
        """Print what was learned, from what, and how it did."""
        leads, people, successes = self.scorecard.learned_from
        console.print(
            f"Learned from {successes:,} successes of {leads:,} leads at cut-offs "
            f"({people:,} people). {self.split.said}\n",
            soft_wrap=True,
        )
        areas = [
            ("the suggestion", _told(self.area)),
            (base, _told(self._area(self.cases.points["total"]))),
            ("a regression on every question", _told(self._area(self._regression()))),
        ]
        console.print(as_table("AUC [95 %] on these leads", ["", "AUC"], areas), "")
        points, questions = self.scorecard.points, self.cases.questions
        strongest = sorted(points, key=lambda q: -abs(points[q]))[:RULES_SHOWN]
        lifts = self.scorecard.lifts
        rows = [(str(questions[q]), f"{points[q]:+}", str(lifts[q])) for q in strongest]
        if rows:
            title = f"The strongest of {counted(len(points), 'rule')}"
            console.print(as_table(title, ["", "points", "evidence"], rows), "")
        why = Counter(self.scorecard.left_out.values()).most_common()
        left_out = [(number, reason) for reason, number in why]
        console.print(as_table("No points for", ["questions", "why"], left_out), "")

    def _regression(self) -> NDArray[np.float64]:
        import numpy as np

        if self.split.fold is None:
            return plain_regression(self.cases, self.split.learned)
        fold = self.split.fold
        every = range(len(self.by_fold))
        said = [plain_regression(self.cases, fold != number) for number in every]
        return np.choose(fold, said)

    def _area(self, points: NDArray[Any]) -> Estimate | None:
        judged = self.split.judged
        strata = self.cases.days if self.split.fold is None else self.split.fold
        return area(
            *(points[judged], self.cases.succeeded[judged]),
            *(self.cases.people[judged], strata[judged]),
        )


def _points(
    connection: duckdb.DuckDBPyConnection, ruleset: str, cases: Cases
) -> dict[str, NDArray[np.float64]]:
    """Return the points of all cases under a ruleset."""
    import numpy as np

    rows = connection.execute(
        "select cut_off, lead_id, total_points::double, behavioral_points::double "
        "from cut_off_leads where ruleset = ?",
        [ruleset],
    ).fetchall()
    scored = {(np.datetime64(day), lead): points for day, lead, *points in rows}
    none = [np.nan, np.nan]  # not scored, for it judges nothing
    days = cases.days.astype("datetime64[D]")
    keys = zip(days, cases.lead_ids, strict=True)
    found = np.array([scored.get(key, none) for key in keys])
    return {"total": found[:, 0], "behavioral": found[:, 1]}


def _told(area: Estimate | None) -> str:
    return f"{area.value:.3f} [{area.low:.3f} to {area.high:.3f}]" if area else ""


def _as_it_is(points: str, threshold: float) -> int:
    return int(threshold)


def _champion(files: RuleFiles, scorecard: str | None) -> str:
    """Return the champion that came last of a scorecard, or of the first."""
    rulesets = files.rows["rulesets"]
    of_leads = [r["scorecard"] for r in rulesets if r["scorecard"] != ACCOUNT_SCORECARD]
    chosen = scorecard or of_leads[0]
    champions = [
        (row["effective_from"], row["ruleset"])
        for row in rulesets
        if row["scorecard"] == chosen and row["status"] == "champion"
    ]
    if not champions:
        raise LeadscoreError(
            f"The scorecard {chosen} has no champion: say --base with one of its "
            f"rulesets."
        )
    return max(champions)[1]


def _require_new(files: RuleFiles, name: str, base: str) -> None:
    rulesets = [row["ruleset"] for row in files.rows["rulesets"]]
    if name in rulesets:
        raise LeadscoreError(
            f"There is a ruleset {name} already, and none is overwritten: choose "
            f"another name."
        )
    if base not in rulesets:
        raise LeadscoreError(
            f"There is no ruleset {base!r}: choose from {', '.join(rulesets)}."
        )


def _require_place(settings: Settings, into: Path) -> None:
    """Refuse a folder with rules that are not those which are added to."""
    rules = into / "rules"
    ours = rules.resolve() == rules_folder(settings).resolve()
    if rules.exists() and not ours:
        raise LeadscoreError(
            f"{rules} is there already: choose a new folder, or say --config {into} if "
            f"the ruleset is to be added to the rules there."
        )


def _require_leaks(keep: Sequence[str], leaks: Sequence[str]) -> None:
    if wrong := [signal for signal in keep if signal not in leaks]:
        raise LeadscoreError(
            f"--keep {wrong[0]!r}: it is not left out; what is: "
            f"{', '.join(leaks) or 'nothing'}."
        )


def _require_sound(files: RuleFiles, settings: Settings, folder: Path) -> None:
    files.write(folder)
    findings = check(folder, vocabulary_of(settings))
    if errors := [str(f) for f in findings if f.severity == "error"]:
        raise LeadscoreError(
            "What was learned cannot be written as rules:\n" + "\n".join(errors)
        )


def _copy_config(settings: Settings, into: Path) -> None:
    """Copy what else belongs to the world's own folder."""
    for name in ("sources", "mappings"):
        there = settings.config / name if settings.config else None
        if there and there.is_dir() and there.resolve() != (into / name).resolve():
            shutil.copytree(there, into / name, dirs_exist_ok=True)
