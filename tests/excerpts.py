"""Public data that is no part of the project: rows of our own in its shape, and it.

The ordinary run tests our rows, so that it means the same everywhere;
`make proofs` tests the data itself, where it is at hand.
"""

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
    """Parameters: our rows, which may lie at another `path`, and the data.

    What is known of ours is known of the whole, if nothing else is said.
    """
    data = Data(WHOLE / name, whole or ours)
    return [
        pytest.param(Data(OURS / (path or name), ours), id=f"ours-{name}"),
        pytest.param(data, id=f"whole-{name}", marks=pytest.mark.whole(data.path)),
    ]
