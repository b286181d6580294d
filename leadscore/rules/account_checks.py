"""Checks of rulesets that score accounts, which have no activities of their own."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from leadscore.errors import LeadscoreError
from leadscore.rules.files import read_rules
from leadscore.rules.row import Finding
from leadscore.rules.schema import Qualification, Rules

# What the rows of a file would ask of an account, and what does instead.
OF_LEADS = {
    "activity_rules": (
        "an account does nothing itself: price its signals in signal_rules.csv, as "
        "engaged_people or days_quiet"
    ),
    "resets": "an account has no activities, so nothing begins anew: remove the row",
    "levels": (
        "an account has no level: let min_behavioral_points of qualification.csv tell "
        "how engaged it is"
    ),
    "segments": (
        "an account has counts as signals, as engaged_people: ask for them in "
        "signal_rules.csv"
    ),
    "exclusions": (
        "no account is excluded: give it a stage of its own by if_signal, in the first "
        "rows of qualification.csv"
    ),
    "manual_adjustments": (
        "points by hand are a lead's: adjust the lead under a ruleset of leads"
    ),
}


def check_account_ruleset(own: Rules) -> Iterator[Finding]:
    """Return what a ruleset of accounts asks that only leads have."""
    for name, message in OF_LEADS.items():
        for row in getattr(own, name):
            yield row.error("ruleset", f"{row.ruleset} scores accounts, and {message}.")
    for row in own.qualification:
        yield from _qualification(row)


def _qualification(row: Qualification) -> Iterator[Finding]:
    if row.if_activity is not None:
        yield row.error(
            "if_activity",
            "an account does nothing itself: empty the cell, and ask for points or a "
            "signal.",
        )
    if row.is_mql:
        yield row.error(
            "is_mql", "an account is no MQL, its leads may be: write false."
        )
    if row.sla_hours is not None:
        yield row.error(
            "sla_hours",
            "nothing is due for an account, but for its leads: empty the cell.",
        )


def refuse_accounts(folder: Path, *rulesets: str | None) -> None:
    """Refuse rulesets that score accounts where leads are compared or judged.

    Args:
        folder: The folder of the rule files.
        rulesets: Names of rulesets; those that are not there are let through.

    Raises:
        LeadscoreError: If one is of the scorecard account.
    """
    rules, _ = read_rules(folder)
    for row in rules.rulesets:
        if row.ruleset in rulesets and row.scores_accounts:
            of_leads = [r.ruleset for r in rules.rulesets if not r.scores_accounts]
            raise LeadscoreError(
                f"{row.ruleset} scores accounts, not leads, so this cannot be said of "
                f"it: choose from {', '.join(of_leads)}. Tables account_scores and "
                f"account_score_factors have what it gave."
            )
