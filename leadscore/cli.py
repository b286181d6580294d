"""The command line; `leadscore --help` lists its commands."""

from __future__ import annotations

import sys
import time
import traceback
import webbrowser
from collections.abc import Sequence
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Annotated, NoReturn

import typer
from pydantic import ValidationError
from rich.console import Console

from leadscore import explain as explanation
from leadscore import extracts, postgres, sample_world, summary
from leadscore.errors import LeadscoreError, NotYetError, counted, unexpected
from leadscore.publish import (
    current_build,
    read_publication,
    report_page,
    require_publication,
)
from leadscore.rules_cli import app as rules_app
from leadscore.settings import MAPPINGS, SAMPLE_WORLD, Settings
from leadscore.sources_cli import app as sources_app
from leadscore.terminal import Config, CutOffs, Data, Maps, console, settings_with

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    help="Scores leads in your own warehouse: extracts in, published scores out.",
    pretty_exceptions_enable=False,
)

Send = Annotated[
    bool,
    typer.Option(
        "--send/--dry-run", help="Send; without it, only show what would be sent."
    ),
]

app.add_typer(rules_app, name="rules")
app.add_typer(sources_app, name="sources")


def main() -> None:
    """Run the command line; show mistakes that a user can mend without a traceback."""
    try:
        app()
    except LeadscoreError as error:
        _fail(str(error))
    except ValidationError as error:
        _fail("\n".join(f"{e['loc'][0]}: {e['msg']}" for e in error.errors()))
    except Exception as error:
        _fail(f"{unexpected(error)} {_logged()}")


@app.command()
def sample(
    data: Data = None,
    leads: Annotated[
        int, typer.Option(help="CRM records, the cast included.")
    ] = sample_world.LEADS,
    until: Annotated[
        datetime | None, typer.Option(formats=["%Y-%m-%d"], help="[default: yesterday]")
    ] = None,
    seed: Annotated[
        int, typer.Option(help="Another seed, another world.")
    ] = sample_world.SEED,
    if_missing: Annotated[
        bool, typer.Option("--if-missing", help="Do nothing if there are extracts.")
    ] = False,
) -> None:
    """Write extracts of a made-up company: the same arguments, the same files."""
    settings = settings_with(data=data)
    if if_missing and settings.extracts.exists():
        return
    day = until.date() if until else sample_world.yesterday()
    sample_world.write(settings, leads, day, seed)


@app.command()
def score(
    data: Data = None,
    config: Config = None,
    sources: Annotated[
        str | None, typer.Option(help="The sources in use, e.g. crm or crm,web.")
    ] = None,
    maps: Maps = None,
    as_of: Annotated[
        datetime | None,
        typer.Option(
            "--as-of",
            "--to",
            formats=["%Y-%m-%d"],
            help="The day to score [default: the newest complete delivery].",
        ),
    ] = None,
    from_: Annotated[
        datetime | None,
        typer.Option(
            "--from",
            formats=["%Y-%m-%d"],
            help="Score every day from this one on again, in the same pass.",
        ),
    ] = None,
) -> None:
    """Ingest what is new and score a day, in Airflow itself.

    A day older than the published one is kept in the history and in the archive; what
    is published stays.
    """
    settings = settings_with(
        data=data,
        config=config,
        sources=sources,
        maps=maps,
        score_from=from_.date() if from_ else None,
    )
    if settings.data == SAMPLE_WORLD:
        sample_world.keep_fresh(settings, as_of.date() if as_of else None)
    as_of_date = as_of.date() if as_of else _newest_day(settings)
    for source in settings.sources_waited_for:
        extracts.require_complete(settings, source, as_of_date)
    if not from_ and _is_published(settings, as_of_date):
        console.print(
            f"Nothing new: the scores of {as_of_date} are published already. "
            f"Nothing was changed.\n"
        )
        postgres.publish(settings)  # which may have been away
    else:
        _run(settings, as_of_date)
        if as_of_date.isoformat() < require_publication(settings)["as_of_date"]:
            summary.tell_past(settings, console)
            return
    summary.summarize(settings, console)


@app.command()
def judge(
    data: Data = None,
    target: Annotated[
        str | None,
        typer.Option(help="Show this target of mappings/targets.csv [default: first]."),
    ] = None,
    ruleset: Annotated[
        list[str] | None,
        typer.Option(help="Show this ruleset; several times [default: the champion]."),
    ] = None,
    cut_off: CutOffs = None,
) -> None:
    """Score leads as of past days, and show what became of them. No score changes.

    Which grades, levels and points succeeded, which rules earn their points, what a
    threshold brings, which sources send good leads. All of it also becomes tables,
    of chosen cut-offs those of the target that is shown.
    """
    from leadscore.judging.judge import judge
    from leadscore.rules.account_checks import refuse_accounts
    from leadscore.rules.check import rules_folder

    settings = settings_with(data=data)
    refuse_accounts(rules_folder(settings), *(ruleset or []))
    days = [day.date() for day in cut_off or []]
    judge(settings, target, ruleset or [], days, console)


@app.command()
def status(data: Data = None) -> None:
    """Show what was refused, what is published and how fresh, and the last batches."""
    summary.show_status(settings_with(data=data), console)


@app.command(name="report")
def open_report(data: Data = None) -> None:
    """Print the path of the report's pages, and open them if there is a browser."""
    settings = settings_with(data=data)
    require_publication(settings)
    page = report_page(settings)
    if page is None:
        raise LeadscoreError(
            f"{settings.published} has no report: the publication was written by an "
            f"older version, or LEADSCORE_REPORTS says none. Score once more."
        )
    console.print(str(page), markup=False, soft_wrap=True)
    webbrowser.open(page.resolve().as_uri())


@app.command()
def serve(
    data: Data = None,
    host: Annotated[str, typer.Option(help="The address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="The port to listen on.")] = 8050,
) -> None:
    """Serve the report's pages and a page for any lead, read-only, until Ctrl-C.

    Other addresses than this machine's own need LEADSCORE_SERVE_TOKEN, which browsers
    ask for as the password: the pages show names.
    """
    import uvicorn

    from leadscore.serve.app import create_app

    web = create_app(settings_with(data=data), host)
    console.print(f"Serving on http://{host}:{port} until Ctrl-C", soft_wrap=True)
    uvicorn.run(web, host=host, port=port, log_level="warning")


@app.command()
def act(
    data: Data = None,
    config: Config = None,
    send: Send = False,
) -> None:
    """Tell people what the published scores say to them: digests and alerts.

    Who is told what stands in action/recipients.csv and action/alerts.csv. What was
    sent is remembered, so nothing is sent twice. Connections are Airflow's: a variable
    AIRFLOW_CONN_<NAME> each.
    """
    from leadscore.action import act as acting

    settings = settings_with(data=data, config=config, send=send or None)
    day = date.fromisoformat(require_publication(settings)["as_of_date"])
    plans = acting.plan(settings)
    for plan in plans:
        console.print(acting.told(plan), markup=False, highlight=False, soft_wrap=True)
    if send:
        # What goes into the CRM is `leadscore push`.
        messages = settings.model_copy(update={"push_to": ""})
        _run(messages, day, ["act_on_scores"])
        return
    outbox = acting.write_outbox(settings, plans)
    console.print(
        f"Nothing was sent. What would be lies in {outbox}; to send it, say --send.",
        soft_wrap=True,
    )


@app.command()
def path(data: Data = None) -> None:
    """Print the folder of what is published now, which stays as it is.

    Links in `published/` move with the next publication, even while somebody reads
    through them: whoever reads several files asks once, and reads them in that folder.
    """
    folder = current_build(settings_with(data=data))
    console.print(str(folder), markup=False, highlight=False, soft_wrap=True)


@app.command()
def explain(
    lead: Annotated[
        str, typer.Argument(help="A lead id, a CRM id, an email or a visitor id.")
    ],
    data: Data = None,
    ruleset: Annotated[str | None, typer.Option(help="[default: the champion]")] = None,
    as_of: Annotated[
        datetime | None,
        typer.Option(
            "--as-of",
            formats=["%Y-%m-%d"],
            help="The day to explain [default: the published one].",
        ),
    ] = None,
    since: Annotated[
        datetime | None,
        typer.Option(
            formats=["%Y-%m-%d"],
            help="The day to compare it with [default: the one scored before].",
        ),
    ] = None,
) -> None:
    """Show every factor of a lead's score, their sum, and what changed.

    A past day is scored again, under the rules and with the data of today; where it
    came out otherwise then, that is said.
    """
    explanation.explain(
        settings_with(data=data),
        lead,
        console,
        ruleset=ruleset,
        day=as_of.date() if as_of else None,
        since=since.date() if since else None,
    )


@app.command()
def forget(
    ids: Annotated[
        list[str], typer.Argument(help="Lead ids, CRM ids, emails or visitor ids.")
    ],
    data: Data = None,
    config: Config = None,
    maps: Maps = None,
    yes: Annotated[
        bool, typer.Option("--yes", help="Erase; without it, only show what would be.")
    ] = False,
    ahead: Annotated[
        bool,
        typer.Option("--ahead", help="Also accept an id that nobody here has yet."),
    ] = False,
) -> None:
    """Erase people for good, and never load them again.

    All that is known of a lead goes: its CRM records, addresses, visitor ids and all
    their events, from the warehouse, the quarantine and everything that was published.
    Only keyed hashes of the identifiers stay, so that the next load leaves the person
    out. Extracts are named, not changed: they belong to the source systems.
    """
    from leadscore import forget as forgetting

    settings = settings_with(data=data, config=config, maps=maps)
    person = forgetting.look_up(settings, ids, ahead=ahead)
    forgetting.show_person(person, console)
    if not yes:
        console.print("Nothing was changed. To erase all of this, say --yes.")
        return
    with console.status("Erasing ..."):
        changed = forgetting.forget(settings, person)
    forgetting.show_erased(settings, changed, console)
    with console.status("Looking through the extracts ..."):
        holdings = forgetting.find_holdings(settings)
    forgetting.show_holdings(holdings, console)
    postgres.erase(settings)


@app.command(name="push")
def push_scores(
    to: Annotated[str, typer.Option(help="hubspot, salesforce or csv.")],
    data: Data = None,
    config: Config = None,
    send: Send = False,
    into: Annotated[
        Path | None,
        typer.Option(help="The file that csv writes [default: one in <data>/push/]."),
    ] = None,
) -> None:
    """Write scores back into the CRM's own records: only what changed.

    Which fields, says action/crm_fields.csv. Records that the CRM does not know are
    told and tried again next time; none is created or deleted.
    """
    from leadscore.action.push.push import push
    from leadscore.action.push.shown import show_push

    settings = settings_with(data=data, config=config)
    with console.status("Looking for what changed ...") as spinner:
        pushed = push(
            settings,
            to,
            send=send,
            into=into,
            tell=lambda done, of: spinner.update(f"{done:,} of {of:,} records ..."),
        )
    show_push(pushed, console, sent=send)
    if pushed.failures:
        raise SystemExit(1)


@app.command()
def refresh() -> None:
    """Refresh the mapping seeds that come from packages: mail domains and countries."""
    from leadscore import reference_data

    for seed, rows in reference_data.refresh().items():
        console.print(f"{MAPPINGS / seed}.csv: {counted(rows, 'row')}")


def _newest_day(settings: Settings) -> date:
    newest = extracts.newest_complete_day(settings)
    if newest is None:
        raise LeadscoreError(
            f"No day is complete in {settings.extracts} for the sources "
            f"{settings.sources}: deliver files to <source>/<YYYY-MM-DD>/ there, or "
            f"name the sources you have (SOURCES=crm or --sources crm)."
            f"{_lacking(settings)}"
        )
    return newest


def _lacking(settings: Settings) -> str:
    """Say what the newest day of each source lacks, if there is any."""
    said = ""
    for source in settings.sources_waited_for:
        days = extracts.delivery_days(settings, source)
        try:
            if days:
                extracts.require_complete(settings, source, days[-1])
        except NotYetError as error:
            said += f"\n- {error}"
    return said


def _is_published(settings: Settings, day: date) -> bool:
    """Whether scoring the day would publish what is published already."""
    from leadscore import pipeline, runs

    publication = read_publication(settings)
    if publication is None or publication["as_of_date"] != day.isoformat():
        return False
    if pipeline.has_new_extracts(settings, day):
        return False
    return runs.plan(settings, day).build_id == str(publication["build_id"])


def _run(settings: Settings, day: date, dag_ids: Sequence[str] = ()) -> None:
    """Run DAGs for a day, those that score it if none is named, and show the tasks."""
    from leadscore.local_airflow import Step, StepFailedError, run_days

    started = time.monotonic()
    doing = "Acting on the scores of" if dag_ids else "Scoring"
    console.print(f"{doing} [bold]{day}[/] in {settings.data}", soft_wrap=True)
    with console.status("Starting Airflow ...") as spinner:

        def show(step: Step) -> None:
            name = f"{step.dag_id}.{step.task_id}"
            if step.state == "running":
                spinner.update(f"{name} ...")
            elif step.state == "success":
                console.print(f"  [green]done[/]    {name:<28} {step.seconds:6.1f} s")
            else:
                console.print(
                    f"  [red]{step.state:<7}[/] {name:<28} {step.seconds:6.1f} s"
                )

        try:
            log = run_days(settings, [day], show, dag_ids)
        except StepFailedError as error:
            raise LeadscoreError(
                f"{error}\nEverything that was said: {error.log}"
            ) from error
    took = time.monotonic() - started
    console.print(f"  in {took:.0f} s; log: {log}\n", soft_wrap=True)


def _logged() -> Path:
    """Write the traceback of the error that is being handled to a log."""
    log = Settings().data / "logs" / "leadscore.log"
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("a", encoding="utf-8") as file:
        file.write(f"{datetime.now(UTC).isoformat()} {' '.join(sys.argv)}\n")
        traceback.print_exc(file=file)
    return log


def _fail(message: str) -> NoReturn:
    Console(stderr=True, highlight=False, markup=False).print(message, soft_wrap=True)
    raise SystemExit(1)


if __name__ == "__main__":
    main()
