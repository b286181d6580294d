"""The command line: `leadscore rules check | list | coverage | try | diff`."""

from __future__ import annotations

from typing import Annotated

import typer

from leadscore.errors import counted
from leadscore.rules import check_settings
from leadscore.rules.check import vocabulary_of
from leadscore.terminal import Config, Data, console, settings_with

app = typer.Typer(
    no_args_is_help=True,
    help="Checks rules, and shows what they do before anybody sees the scores.",
)


@app.command()
def check(data: Data = None, config: Config = None) -> None:
    """Name every mistake in the rule files: file, line, what to do."""
    settings = settings_with(data=data, config=config)
    findings = check_settings(settings)
    for finding in findings:
        color = "red" if finding.severity == "error" else "yellow"
        console.print(f"[{color}]{finding.severity}[/]", end="  ")
        console.print(str(finding), markup=False, soft_wrap=True)
    errors = sum(finding.severity == "error" for finding in findings)
    warnings = len(findings) - errors
    console.print(f"{counted(errors, 'error')}, {counted(warnings, 'warning')}")
    columns = vocabulary_of(settings).columns
    if unseen := [
        f"{name}<column>" for name, known in columns.items() if known is None
    ]:
        console.print(
            f"Not checked, as no file of them is loaded in {settings.data}: which "
            f"columns of the CRM there are as {' and '.join(unseen)}, and which are "
            f"outcomes.",
            soft_wrap=True,
            markup=False,
        )
    if errors:
        raise SystemExit(1)


@app.command("list")
def list_(data: Data = None, config: Config = None) -> None:
    """Show every signal and activity that rules may use, and how often they occur."""
    from leadscore.rules.known import show_vocabulary

    show_vocabulary(settings_with(data=data, config=config), console)


@app.command()
def coverage(
    data: Data = None,
    ruleset: Annotated[str | None, typer.Option(help="[default: the champion]")] = None,
) -> None:
    """Show how many leads each rule touches, and the rules that never fire."""
    from leadscore.rules.coverage import show_coverage

    show_coverage(settings_with(data=data), ruleset, console)


@app.command("try")
def try_(
    lead: Annotated[
        str, typer.Argument(help="A lead id, a CRM id, an email or a visitor id.")
    ],
    ruleset: Annotated[str, typer.Option(help="A ruleset, draft or not.")],
    data: Data = None,
    config: Config = None,
) -> None:
    """Score one lead under draft rules without a rebuild; nothing is changed."""
    from leadscore.rules.compare import try_rules

    try_rules(settings_with(data=data, config=config), lead, ruleset, console)


@app.command()
def diff(
    before: Annotated[str, typer.Argument(help="The ruleset that is changed from.")],
    after: Annotated[str, typer.Argument(help="The ruleset that is changed to.")],
    data: Data = None,
    config: Config = None,
) -> None:
    """Show what changing rulesets does to today's leads: grades, MQLs, who moves."""
    from leadscore.rules.compare import show_diff

    show_diff(settings_with(data=data, config=config), before, after, console)
