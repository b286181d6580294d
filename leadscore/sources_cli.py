"""The command line: `leadscore sources check | list`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.markup import escape

from leadscore.errors import LeadscoreError
from leadscore.loading.file_reader import FileRefused
from leadscore.settings import MAP_ENDINGS, SOURCES, Settings
from leadscore.source_check.choose import (
    entry_in_use,
    entry_of,
    maps_of_ours,
    own_maps,
    shipped_maps,
)
from leadscore.source_check.draft import draft_map
from leadscore.source_check.sample import Sample, look_at
from leadscore.source_check.show import show
from leadscore.source_check.trial import try_file
from leadscore.source_check.write import doubts
from leadscore.source_maps import FileMap, SourceMap, load_maps, matches
from leadscore.terminal import Config, as_table, console, settings_with

app = typer.Typer(
    no_args_is_help=True,
    help="Shows what source maps make of files, and drafts new ones.",
)
aside = Console(stderr=True, highlight=False, markup=False, soft_wrap=True)


@app.command()
def check(
    file: Annotated[Path, typer.Argument(help="An extract, wherever it lies.")],
    map_: Annotated[
        str | None,
        typer.Option(
            "--map", help="A map's name, or a path to one [default: the one in use]."
        ),
    ] = None,
    config: Config = None,
    draft: Annotated[
        Path | None,
        typer.Option(help="Draft a map into this new file, and check with it."),
    ] = None,
    table: Annotated[
        str | None,
        typer.Option(help="What a draft is for, e.g. crm_leads [default: guessed]."),
    ] = None,
) -> None:
    """Show what a source map would make of a file; nothing is loaded.

    If no map in use reads the file, a draft of one is printed instead.
    """
    settings = settings_with(config=config)
    sample = look_at(file)
    if draft:
        _tell_of_ours(sample)
        _write_draft(draft, sample, table)
    if draft or map_:
        _show(settings, sample, *entry_of(settings, str(draft or map_), sample), draft)
    elif entry := entry_in_use(settings, sample):
        _show(settings, sample, *entry)
    else:
        _tell_of_ours(sample)
        text = draft_map(sample, table, sample.source)
        aside.print(f"No map in use reads {file}: this is a draft of one.")
        typer.echo(text, nl=False)


@app.command("list")
def list_(config: Config = None) -> None:
    """List the source maps that ship and your own, and what they read."""
    settings = settings_with(config=config)
    rows = []
    for source in SOURCES:
        in_use = {source_map.path for source_map in load_maps(settings, source)}
        for source_map in (*own_maps(settings, source), *shipped_maps(source)):
            rows += [
                (
                    source,
                    source_map.name,
                    "yes" if source_map.path in in_use else "",
                    file_map.table,
                    ", ".join(file_map.pattern),
                    str(_near(source_map.path)),
                )
                for file_map in source_map.files
            ]
    titles = ["source", "map", "in use", "table", "reads", "file"]
    console.print(as_table("Source maps", titles, rows))


def _tell_of_ours(sample: Sample) -> None:
    """Say if a map that ships would spare somebody the draft."""
    if found := maps_of_ours(sample):
        name = found[0].name
        sources = dict.fromkeys(each.source for each in found)
        places = " and ".join(f"extracts/{source}/" for source in sources)
        aside.print(
            f"Our map {name} fits such a file, in {places}: check with it by "
            f"--map {name}, and put it in use by make score MAPS={name} "
            f"(leadscore score --maps {name})."
        )


def _write_draft(path: Path, sample: Sample, table: str | None) -> None:
    if path.suffix not in MAP_ENDINGS:
        raise LeadscoreError(f"{path}: the name of a map ends in .yml")
    if path.exists():
        raise LeadscoreError(
            f"{path} is there already: check with it (--map {path}), or name a new file"
        )
    folder = path.resolve().parent
    if folder.parent.name == "sources" and folder.name not in SOURCES:
        raise LeadscoreError(
            f"{path}: nobody would read it there: maps lie in "
            f"{', '.join(f'sources/{name}/' for name in SOURCES)}"
        )
    source = folder.name if folder.name in SOURCES else sample.source
    text = draft_map(sample, table, source)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    console.print(f"Wrote a draft into {escape(str(path))}", soft_wrap=True)


def _show(
    settings: Settings,
    sample: Sample,
    source_map: SourceMap,
    file_map: FileMap,
    draft: Path | None = None,
) -> None:
    console.print(
        escape(f"{sample.path}, as {_near(source_map.path)} reads it:"), soft_wrap=True
    )
    if not matches(file_map, sample.path.name):
        patterns = ", ".join(file_map.pattern)
        aside.print(
            f"Its name does not fit {patterns}: as a delivery it would not be read."
        )
    try:
        with try_file(sample.path, source_map, file_map) as trial:
            show(trial, settings, console)
    except FileRefused as error:
        raise LeadscoreError(f"The file would be refused: {error}") from error
    if draft:
        console.print(f"\n[bold]To decide[/] in {escape(str(draft))}", soft_wrap=True)
        for doubt in doubts(draft.read_text(encoding="utf-8")):
            console.print(f"  {escape(doubt)}", soft_wrap=True)
    if trial.refusal:
        raise SystemExit(1)


def _near(path: Path) -> Path:
    """Return a path as seen from here, if it lies below."""
    here = Path.cwd()
    return path.relative_to(here) if path.is_relative_to(here) else path
