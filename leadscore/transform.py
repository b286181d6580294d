"""Runs dbt layer by layer, in this process, for one day and the history before it."""

from __future__ import annotations

import time
from dataclasses import dataclass
from datetime import date

from leadscore.dbt_runner import lay_out_seeds, run_dbt
from leadscore.errors import LeadscoreError
from leadscore.judging import marts as judged_marts
from leadscore.models import EVENT_FOLDERS
from leadscore.outlook import look_ahead
from leadscore.rules import require_valid
from leadscore.runs import begin, current_run
from leadscore.settings import Settings
from leadscore.warehouse import connect

LAYERS = ("rules", "staging", "intermediate", "scoring", "marts")

# Events and identities do not depend on the scored day: they are built again only
# when batches, mappings or models have changed.
EVENT_MODELS = tuple(f"path:models/intermediate/{name}" for name in EVENT_FOLDERS)


@dataclass(frozen=True)
class LayerResult:
    """How a layer's build went.

    Attributes:
        layer: Which.
        built: How many seeds, tables and views were built.
        tests: How many tests passed.
        seconds: How long all of it took.
        node_seconds: How long each took, by name.
    """

    layer: str
    built: int
    tests: int
    seconds: float
    node_seconds: dict[str, float]


def run_layer(settings: Settings, layer: str, day: date) -> LayerResult:
    """Build one layer of the dbt project and run its tests.

    Raises:
        LeadscoreError: If a model cannot be built or a test fails; the message names
            each with what dbt said.
    """
    started = time.monotonic()
    seeds = lay_out_seeds(settings)
    if layer == "rules":
        require_valid(settings, seeds)
    run = begin(settings, day, seeds) if layer == "rules" else current_run(settings)
    if run.as_of_date != day:
        raise LeadscoreError(
            f"The warehouse was left at {run.as_of_date}, not at {day}: run the task "
            f"`rules` of {day} first."
        )
    select = [f"path:models/{layer}", f"path:tests/{layer}"]
    if layer == "rules":
        select = ["resource_type:seed", "path:seeds"]  # where the tests of seeds lie
    exclude = ["resource_type:unit_test"]
    if layer == "intermediate" and run.events_built:
        exclude += EVENT_MODELS
    if layer == "marts":
        exclude += judged_marts.MODELS
    command = ["build", "--select", *select, "--exclude", *exclude]
    results = run_dbt(
        settings,
        seeds,
        command,
        one_by_one=run.from_date < run.as_of_date,
    )
    if layer == "intermediate":
        with connect(settings) as connection:
            connection.execute("update raw.run set events_built = true")
    if layer == "scoring":
        look_ahead(settings, run)
    if layer == "marts":
        judged_marts.renew(settings)
    tests = sum(1 for result in results if result.node.resource_type == "test")
    return LayerResult(
        layer=layer,
        built=len(results) - tests,
        tests=tests,
        seconds=time.monotonic() - started,
        node_seconds={result.node.name: result.execution_time for result in results},
    )
