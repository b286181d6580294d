"""Which map, and which of its entries, reads a file."""

from __future__ import annotations

from pathlib import Path

import yaml

from leadscore.canonical import TABLES
from leadscore.errors import LeadscoreError
from leadscore.loading import header
from leadscore.loading.file_reader import FileRefused
from leadscore.settings import MAP_ENDINGS, PROJECT, SOURCES, Settings
from leadscore.source_check.sample import Sample
from leadscore.source_maps import (
    FileMap,
    SourceMap,
    hint,
    load_maps,
    matches,
    read_map,
)

Entry = tuple[SourceMap, FileMap]


def shipped_maps(source: str) -> list[SourceMap]:
    """Return the maps of a source that come with the project."""
    return [
        read_map(path, source)
        for path in sorted((PROJECT / "sources" / source).glob("*.yml"))
    ]


def own_maps(settings: Settings, source: str) -> list[SourceMap]:
    """Return the maps of the user's own folder for a source, if it has any."""
    folder = settings.config / "sources" / source if settings.config else None
    return load_maps(settings, source) if folder and folder.is_dir() else []


def entry_of(settings: Settings, name: str, sample: Sample) -> Entry:
    """Return the entry of a named map that reads a file.

    Args:
        settings: Where the user's own maps are.
        name: The name of a map, the user's own first, or a path to one.
        sample: A look at the file.

    Raises:
        LeadscoreError: If there is no such map, or more than one entry might read it.
    """
    entries = [
        (source_map, file_map)
        for source_map in _named(settings, name, sample.source)
        for file_map in source_map.files
    ]
    by_name = [entry for entry in entries if matches(entry[1], sample.path.name)]
    found = by_name if len(by_name) == 1 else _fitting(by_name or entries, sample)
    if not found and len(entries) == 1:
        found = entries
    if len(found) == 1:
        return found[0]
    if found:
        places = ", ".join(_place(*entry) for entry in found)
        raise LeadscoreError(
            f"{sample.path} fits more than one entry of the map {name}: {places}: make "
            f"the patterns narrower, or name the map by its path"
        )
    refusals = "\n".join(
        f"- {_place(*entry)}: {_refusal(entry[1], sample)}"
        for entry in by_name or entries
    )
    raise LeadscoreError(f"{sample.path} fits no entry of the map {name}:\n{refusals}")


def entry_in_use(settings: Settings, sample: Sample) -> Entry | None:
    """Return the one entry of the maps in use that a file fits, by name and columns.

    A delivery is read by the maps of its source alone.

    A file that an entry of the user's own was written for, by its name, is read by
    that even if its columns do not fit: the check then says what is wrong.

    Raises:
        LeadscoreError: If more than one entry fits.
    """
    entries = [
        (source_map, file_map)
        for source in ([sample.source] if sample.source else SOURCES)
        for source_map in load_maps(settings, source)
        for file_map in source_map.files
        if matches(file_map, sample.path.name)
    ]
    found = _fitting(entries, sample)
    if len(found) > 1:
        places = ", ".join(_place(*entry) for entry in found)
        raise LeadscoreError(
            f"{sample.path} fits more than one map in use: {places}: say which by --map"
        )
    own = [
        entry
        for entry in entries
        if PROJECT / "sources" not in entry[0].path.parents
        and "*" not in entry[1].pattern
    ]
    return next(iter(found or own), None)


def maps_of_ours(sample: Sample) -> list[SourceMap]:
    """Return the maps of one vendor, of those that ship, which a file fits.

    None, if those of several do. The generic ones do not count: they are in use where
    no other is.
    """
    entries = [
        (source_map, file_map)
        for source in ([sample.source] if sample.source else SOURCES)
        for source_map in shipped_maps(source)
        for file_map in source_map.files
        if source_map.name != "generic" and matches(file_map, sample.path.name)
    ]
    found = [source_map for source_map, _ in _fitting(entries, sample)]
    return found if len({source_map.name for source_map in found}) == 1 else []


def _named(settings: Settings, name: str, delivered: str | None) -> list[SourceMap]:
    path = Path(name).expanduser()
    if path.suffix in MAP_ENDINGS:
        if not path.is_file():
            raise LeadscoreError(f"{path}: there is no such map")
        return [read_map(path, _source_of(path))]
    for maps in (
        [one for source in SOURCES for one in own_maps(settings, source)],
        [one for source in SOURCES for one in shipped_maps(source)],
    ):
        if named := [one for one in maps if one.name == name]:
            return [one for one in named if one.source == delivered] or named
    every = {
        one.name
        for source in SOURCES
        for one in (*own_maps(settings, source), *shipped_maps(source))
    }
    raise LeadscoreError(f"there is no source map '{name}'{hint(name, sorted(every))}")


def _source_of(path: Path) -> str:
    """Return the source whose map a file is: by its folder, or else its first table."""
    if path.resolve().parent.name in SOURCES:
        return path.resolve().parent.name
    try:
        content = yaml.safe_load(path.read_text(encoding="utf-8"))
        return TABLES[content["files"][0]["table"]].source
    except (yaml.YAMLError, UnicodeDecodeError, LookupError, TypeError):
        return SOURCES[0]  # reading it as a map tells what is wrong


def _fitting(entries: list[Entry], sample: Sample) -> list[Entry]:
    return [entry for entry in entries if not _refusal(entry[1], sample)]


def _refusal(file_map: FileMap, sample: Sample) -> str:
    try:
        header.check(sample.names, file_map)
    except FileRefused as error:
        return str(error)
    return ""


def _place(source_map: SourceMap, file_map: FileMap) -> str:
    return f"{source_map.source}/{source_map.path.name} ({', '.join(file_map.pattern)})"
