"""Checks a folder of rule files before anything is scored with it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from leadscore.action import files as action_files
from leadscore.errors import LeadscoreError
from leadscore.rules.account_checks import check_account_ruleset
from leadscore.rules.files import read_rules
from leadscore.rules.ladder_checks import check_champions, check_ladders
from leadscore.rules.pattern_checks import check_patterns
from leadscore.rules.price_checks import check_prices
from leadscore.rules.row import Finding
from leadscore.rules.schema import SEEDS, Rules
from leadscore.rules.signal_checks import check_signals
from leadscore.rules.vocabulary import Vocabulary, load_vocabulary, nearest
from leadscore.settings import MAPPINGS, Settings


def check(folder: Path, vocabulary: Vocabulary) -> list[Finding]:
    """Return what is wrong with a folder of rule files, in the order of the files.

    What rows mean to each other is looked at only when every row can be read: a row
    left out would make its neighbours look wrong.

    Args:
        folder: The folder; a file that is not there has no rows.
        vocabulary: The signals and activities that rules may use.
    """
    rules, findings = read_rules(folder)
    unreadable = bool(findings)
    findings += _check_limits_there(folder)
    known = {name: _known_of(rules, name, vocabulary) for name in _names(rules)}
    for _, rows in rules:
        for row in rows:
            findings += row.check(known[row.ruleset])
            findings += row.check_published_text()
            findings += row.check_signs()
    if not unreadable:
        findings += _check_sets(rules)
    return sorted(findings, key=lambda f: (f.severity, f.file, f.line or 0))


def check_settings(settings: Settings) -> list[Finding]:
    """Return what is wrong with the rules of a world: the user's own, or else ours.

    Its mappings are looked at too, where they name what rules ask and count; and where
    leads were judged, that no rule prices what gives away who succeeded.
    """
    rules = rules_folder(settings)
    action = [settings.config / "action"] if settings.config else []
    mappings, known = mapping_folders(settings), vocabulary_of(settings)
    findings = _check_all(rules, mappings, action, known)
    return findings + list(_check_leaks(settings, read_rules(rules)[0].of_leads()))


def require_valid(settings: Settings, seeds: Path | None = None) -> None:
    """Refuse rules with mistakes.

    Args:
        settings: The world.
        seeds: The folder with rules/, mappings/ and action/ that a build reads; None:
            the user's own files, or else ours.

    Raises:
        LeadscoreError: If there are errors; it lists them all.
    """
    if seeds is None:
        findings = check_settings(settings)
    else:
        mappings = seeds / "mappings"
        vocabulary = load_vocabulary(settings, mappings)
        rules, action = seeds / "rules", seeds / "action"
        findings = _check_all(rules, [mappings], [action], vocabulary)
    errors = [str(finding) for finding in findings if finding.severity == "error"]
    if errors:
        raise LeadscoreError(
            "The rules have mistakes, and nothing was scored:\n"
            + "\n".join(f"- {error}" for error in errors)
        )


def _check_all(
    rules: Path, mappings: list[Path], action: list[Path], vocabulary: Vocabulary
) -> list[Finding]:
    findings = check(rules, vocabulary)
    findings += check_signals(mappings, vocabulary)
    findings += check_patterns(mappings)
    findings += action_files.check_action(action, read_rules(rules)[0].of_leads())
    return findings


def rules_folder(settings: Settings) -> Path:
    """Return the folder of the rule files: the user's own, or else ours."""
    own = settings.config / "rules" if settings.config else None
    return own if own and own.is_dir() else SEEDS / "rules"


def vocabulary_of(settings: Settings) -> Vocabulary:
    """Return what rules may name, by the user's own mappings where there are any."""
    return load_vocabulary(settings, *mapping_folders(settings))


def mapping_folders(settings: Settings) -> list[Path]:
    """Return where mappings lie: the user's own first, which count before ours."""
    own = [settings.config / "mappings"] if settings.config else []
    return [*own, MAPPINGS]


def _names(rules: Rules) -> set[str]:
    """Return the rulesets that rows name, whether they are there or not."""
    return {row.ruleset for _, rows in rules for row in rows}


def _known_of(rules: Rules, ruleset: str, vocabulary: Vocabulary) -> Vocabulary:
    """Return what the rows of a ruleset may name: its own segments too."""
    if any(row.ruleset == ruleset and row.scores_accounts for row in rules.rulesets):
        return vocabulary.of_accounts()
    segments: dict[str, set[str | None]] = {}
    for row in rules.segments:
        if row.ruleset == ruleset:
            segments.setdefault(row.segment, set()).add(row.signal)
    return vocabulary.with_segments(segments)


def _check_limits_there(folder: Path) -> Iterator[Finding]:
    """Warn of files that hold points or leads back, where a folder lacks them."""
    for name, means in (
        ("caps.csv", "no sum of points has a limit"),
        ("exclusions.csv", "nobody is excluded or kept off the call list"),
    ):
        if not (folder / name).exists():
            message = (
                f"the folder has no such file, so {means}: copy ours from dbt_project/"
                f"seeds/rules/, or keep its first line alone, if that is meant."
            )
            yield Finding("warning", name, None, None, message)


def _check_leaks(settings: Settings, rules: Rules) -> Iterator[Finding]:
    """Warn of rules that price what gives away who succeeded, where it is known."""
    from leadscore.judging.leaks import leaks_of_world

    priced = [row for row in rules.signal_rules if row.points]
    leaks = leaks_of_world(settings, {row.signal for row in priced})
    for row in priced:
        if row.signal in leaks:
            yield row.warning("signal", leaks[row.signal].sentence)


def _check_sets(rules: Rules) -> Iterator[Finding]:
    """Return what is wrong between rows."""
    if not rules.rulesets:
        message = "there is no ruleset: add a row for each."
        yield Finding("error", "rulesets.csv", None, None, message)
        return
    known = [ruleset.ruleset for ruleset in rules.rulesets]
    for _, rows in rules:
        for row in rows:
            if row.ruleset not in known:
                yield row.error(
                    "ruleset",
                    f"there is no ruleset {row.ruleset!r}"
                    f"{nearest(row.ruleset, known) or '.'} Choose from "
                    f"{', '.join(known)}, or add it to rulesets.csv.",
                )
    yield from check_champions(rules.rulesets)
    for ruleset in rules.rulesets:
        own = rules.of(ruleset.ruleset)
        yield from check_prices(own, ruleset)
        if ruleset.scores_accounts:
            yield from check_account_ruleset(own)
        yield from check_ladders(own, ruleset)
