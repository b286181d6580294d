"""Public data that is no part of the project: rows of our own in its shape, and it."""

from pathlib import Path
from typing import Any, NamedTuple

import pytest

from leadscore.settings import PROJECT

OURS = PROJECT / "tests" / "data"
WHOLE = PROJECT.parent / "shared" / "data"


class Data(NamedTuple):
    """Where it is, and what is known of it."""

    path: Path
    known: Any


def ours_and_whole(
    name: str, ours: Any = None, whole: Any = None, path: str | None = None
) -> list:
    """Parameters: our rows, which may lie at another `path`, and the data if at hand.

    What is known of ours is known of the whole, if nothing else is said.
    """
    place = WHOLE / name
    is_missing = pytest.mark.skipif(not place.exists(), reason=f"{place} is not here")
    return [
        pytest.param(Data(OURS / (path or name), ours), id=f"ours-{name}"),
        pytest.param(Data(place, whole or ours), id=f"whole-{name}", marks=is_missing),
    ]
