"""What is told of the curves from points to probabilities: printed, and published."""

from __future__ import annotations

from typing import Any

import duckdb

NOT_JUDGED = "Nothing was judged yet: run `leadscore judge`."
RULES_CHANGED = "The rules changed since: run `leadscore judge`."

# A row a target and ruleset scored: the model in force, and what was said last.
TOLD = """
    with scored as (
        select distinct ruleset, ruleset_fingerprint from marts.lead_scores_all
    ),
    newest as (
        select
            target, ruleset, arg_max(reason, trained_at) as reason,
            arg_max(ruleset_fingerprint, trained_at) as ruleset_fingerprint
        from raw.probability_models group by target, ruleset
    )
    select
        targets.target, scored.ruleset, models.model, models.input, models.intercept,
        models.slope, newest.reason,
        newest.ruleset_fingerprint != scored.ruleset_fingerprint as has_changed
    from mappings.targets as targets
    cross join scored
    inner join rules.rulesets as rulesets using (ruleset)
    left join newest using (target, ruleset)
    left join raw.probability_models as models
        on
            models.is_in_force
            and targets.target = models.target
            and scored.ruleset = models.ruleset
            and scored.ruleset_fingerprint = models.ruleset_fingerprint
    where coalesce(targets.scorecard, rulesets.scorecard) = rulesets.scorecard
    order by targets.target, scored.ruleset
"""


def told(connection: duckdb.DuckDBPyConnection) -> dict[str, dict[str, Any]]:
    """Return by target and ruleset which model is in force, and why it or none.

    Args:
        connection: A warehouse with marts.
    """
    found: dict[str, dict[str, Any]] = {}
    for target, ruleset, *model, reason, has_changed in connection.execute(
        TOLD
    ).fetchall():
        if reason is None:
            reason = NOT_JUDGED
        elif has_changed:
            reason = RULES_CHANGED
        names = ("model", "input", "intercept", "slope", "because")
        known = dict(zip(names, (*model, reason), strict=True))
        found.setdefault(target, {})[ruleset] = known
    return found
