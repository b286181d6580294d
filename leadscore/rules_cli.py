"""The command line: `leadscore rules`, which checks rules and says what they do."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from leadscore.errors import LeadscoreError, counted
from leadscore.rules import check_settings
from leadscore.rules.account_checks import refuse_accounts
from leadscore.rules.check import rules_folder, vocabulary_of
from leadscore.settings import Settings
from leadscore.terminal import Config, CutOffs, Data, console, settings_with

Target = Annotated[
    str | None,
    typer.Option(help="A target of mappings/targets.csv [default: its first]."),
]
By = Annotated[str | None, typer.Option(help="Who decides [default: your login].")]

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

    settings = _of_leads(settings_with(data=data), ruleset)
    show_coverage(settings, ruleset, console)


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

    settings = _of_leads(settings_with(data=data, config=config), ruleset)
    try_rules(settings, lead, ruleset, console)


@app.command()
def diff(
    before: Annotated[str, typer.Argument(help="The ruleset that is changed from.")],
    after: Annotated[str, typer.Argument(help="The ruleset that is changed to.")],
    data: Data = None,
    config: Config = None,
) -> None:
    """Show what changing rulesets does to today's leads: grades, MQLs, who moves."""
    from leadscore.rules.compare import show_diff

    settings = _of_leads(settings_with(data=data, config=config), before, after)
    show_diff(settings, before, after, console)


@app.command()
def backtest(
    before: Annotated[str, typer.Argument(help="The ruleset that is changed from.")],
    after: Annotated[str, typer.Argument(help="The ruleset that is changed to.")],
    target: Target = None,
    cut_off: CutOffs = None,
    data: Data = None,
    config: Config = None,
) -> None:
    """Show what changing rulesets would have done: who of the leads then succeeded.

    Past days are scored under both. Nothing is changed.
    """
    from leadscore.rules.backtest_shown import show_backtest

    days = [day.date() for day in cut_off or []]
    settings = _of_leads(settings_with(data=data, config=config), before, after)
    show_backtest(settings, before, after, target, days, console)


@app.command()
def promote(
    ruleset: Annotated[str, typer.Argument(help="The ruleset to be champion.")],
    target: Target = None,
    cut_off: CutOffs = None,
    because: Annotated[
        str | None,
        typer.Option(help="A reason, kept: promotes it whatever the backtest says."),
    ] = None,
    by: By = None,
    data: Data = None,
    config: Config = None,
) -> None:
    """Make a ruleset the champion, if a backtest finds it better than the present one.

    Or if an experiment did, when it was read last.

    The statuses in rulesets.csv change; the next score shows it.
    """
    from leadscore.rules.decisions import promote

    settings = _of_leads(settings_with(data=data, config=config), ruleset)
    days = [day.date() for day in cut_off or []]
    promote(settings, ruleset, target, because, by, console, days=days)


@app.command()
def demote(
    scorecard: Annotated[
        str | None, typer.Option(help="[default: the one that lead_scores shows]")
    ] = None,
    because: Annotated[str | None, typer.Option(help="A reason, kept.")] = None,
    by: By = None,
    data: Data = None,
    config: Config = None,
) -> None:
    """Make the ruleset champion again that was it before the last promotion."""
    from leadscore.rules.decisions import demote

    settings = settings_with(data=data, config=config)
    demote(settings, scorecard, because, by, console)


@app.command()
def experiment(
    challenger: Annotated[
        str | None,
        typer.Argument(
            help="The ruleset to try, a draft or challenger that is scored."
        ),
    ] = None,
    from_: Annotated[
        datetime | None,
        typer.Option("--from", formats=["%Y-%m-%d"], help="Its first day."),
    ] = None,
    until: Annotated[
        datetime | None, typer.Option(formats=["%Y-%m-%d"], help="Its last day.")
    ] = None,
    share: Annotated[
        float, typer.Option(help="The share of the leads shown under the challenger.")
    ] = 0.5,
    stop: Annotated[
        bool, typer.Option("--stop", help="End the one that is on, or is the next.")
    ] = False,
    read: Annotated[
        bool, typer.Option("--read", help="Say what became of both arms' leads.")
    ] = False,
    target: Target = None,
    scorecard: Annotated[
        str | None,
        typer.Option(
            help="Whose to stop or read [default: the one that lead_scores shows]"
        ),
    ] = None,
    because: Annotated[str | None, typer.Option(help="A reason, kept.")] = None,
    by: By = None,
    data: Data = None,
) -> None:
    """Try a challenger on a share of the leads: lead_scores shows each under its arm's.

    Begin one with CHALLENGER, --from and --until; end it early with --stop; read it
    with --read.
    """
    from leadscore.rules import experiment as experiments

    settings = _of_leads(settings_with(data=data), challenger)
    if [bool(challenger), stop, read].count(True) != 1:
        raise LeadscoreError("Give one of these: a challenger, --stop or --read.")
    if stop:
        experiments.stop(settings, scorecard, because, by, console)
    elif read:
        experiments.read(settings, scorecard, target, because, by, console)
    elif challenger and from_ and until:
        days = from_.date(), until.date()
        experiments.begin(settings, challenger, *days, share, because, by, console)
    else:
        raise LeadscoreError("Say from when until when: --from DAY --until DAY.")


@app.command()
def suggest(
    name: Annotated[str, typer.Argument(help="The new ruleset, a draft.")],
    into: Annotated[
        Path, typer.Option(help="The folder to write, to be used as --config.")
    ],
    target: Target = None,
    base: Annotated[
        str | None,
        typer.Option(help="What it is graded and called by [default: the champion]."),
    ] = None,
    keep: Annotated[
        list[str] | None,
        typer.Option(help="A signal to ask for though it seems to be an outcome."),
    ] = None,
    data: Data = None,
    config: Config = None,
) -> None:
    """Learn points from what became of the leads, and write them as rules.

    The world's rules are copied, and the draft is added: nothing else is changed. It is
    judged by leads that it has not seen, and not written if it tells nothing.
    """
    from leadscore.suggesting.suggest import suggest

    settings = _of_leads(settings_with(data=data, config=config), base)
    suggest(
        *(settings, name, into, console),
        target=target,
        base=base,
        keep=keep or (),
    )


def _of_leads(settings: Settings, *rulesets: str | None) -> Settings:
    """Return the settings, once none of the rulesets scores accounts.

    Raises:
        LeadscoreError: If one does.
    """
    refuse_accounts(rules_folder(settings), *rulesets)
    return settings
