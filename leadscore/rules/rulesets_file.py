"""Changes who is champion in a rulesets.csv, and nothing else in it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from leadscore.errors import LeadscoreError
from leadscore.rules.files import read_rules
from leadscore.rules.ladder_checks import check_champions
from leadscore.rules.schema import Ruleset

CHAMPION, CHALLENGER = "champion", "challenger"

CELL = re.compile(r'("(?:[^"]|"")*"|[^,\r\n]*)(,|\r\n|\r|\n|\Z)')


@dataclass(frozen=True)
class _Cell:
    text: str
    start: int
    end: int


class RulesetsFile:
    """The rulesets.csv of a folder of rules."""

    def __init__(self, rules: Path) -> None:
        """Read it.

        Raises:
            LeadscoreError: If it has mistakes.
        """
        self.path = rules / Ruleset.file
        found, findings = read_rules(rules)
        self.rulesets = {row.ruleset: row for row in found.rulesets}
        if wrong := [finding for finding in findings if finding.file == Ruleset.file]:
            raise LeadscoreError(f"The rules have mistakes: {wrong[0]}")

    def ruleset(self, name: str) -> Ruleset:
        """Return the row of a ruleset.

        Raises:
            LeadscoreError: If there is none.
        """
        if name not in self.rulesets:
            raise LeadscoreError(
                f"There is no ruleset {name!r} in {self.path}: choose from "
                f"{', '.join(sorted(self.rulesets))}. If it is in a folder of your "
                f"own, name the folder with --config."
            )
        return self.rulesets[name]

    def champion(self, scorecard: str, day: date) -> str:
        """Return the ruleset that lead_scores shows of a scorecard on a day.

        Raises:
            LeadscoreError: If it has no champion.
        """
        found = _shown(list(self.rulesets.values()), scorecard, day)
        if found is None:
            raise LeadscoreError(
                f"The scorecard {scorecard} has no champion in {self.path}, with which "
                f"anything could be compared: give one of its rulesets that status."
            )
        return found

    def with_champion(self, new: str, old: str, day: date) -> bytes:
        """Return the file with `new` as champion and `old` as challenger.

        Two cells change; all else stays byte for byte.

        Raises:
            LeadscoreError: If `new` would not be the one that is shown that day.
        """
        changes = {new: CHAMPION, old: CHALLENGER}
        rows = [
            row.model_copy(update={"status": changes.get(name, row.status)})
            for name, row in self.rulesets.items()
        ]
        scorecard = self.rulesets[new].scorecard
        shown = _shown(rows, scorecard, day)
        clashes = [f for f in check_champions(rows) if f.severity == "error"]
        if clashes or shown != new:
            raise LeadscoreError(
                f"{self.path}: {new} would be champion and not be shown on {day}, for "
                f"the scorecard {scorecard} has a further champion ({shown}): change "
                f"an effective_from, or make that one a challenger."
            )
        text = self.path.read_bytes().decode("utf-8")
        for name, status in changes.items():
            text = _with_status(text, name, status)
        return text.encode("utf-8")


def _shown(rulesets: list[Ruleset], scorecard: str, day: date) -> str | None:
    """Return the newest champion in effect; before the first took effect, the first.

    As the model lead_scores does.
    """
    champions = [
        (row.effective_from > day, abs((row.effective_from - day).days), row.ruleset)
        for row in rulesets
        if row.status == CHAMPION and row.scorecard == scorecard
    ]
    return min(champions)[-1] if champions else None


def _with_status(text: str, ruleset: str, status: str) -> str:
    rows = _rows(text)
    header = [cell.text.removeprefix("\ufeff") for cell in next(rows)]
    named, changed = header.index("ruleset"), header.index("status")
    cell = next(
        cells[changed]
        for cells in rows
        if len(cells) == len(header) and cells[named].text == ruleset
    )
    return text[: cell.start] + status + text[cell.end :]


def _rows(text: str) -> Iterator[list[_Cell]]:
    cells: list[_Cell] = []
    for found in CELL.finditer(text):
        cell, behind = found.groups()
        value = cell[1:-1].replace('""', '"') if cell.startswith('"') else cell
        cells.append(_Cell(value, found.start(1), found.end(1)))
        if behind != ",":
            yield cells
            cells = []
