"""Who imports whom, also inside functions and for types alone."""

import ast
from collections.abc import Iterator
from graphlib import TopologicalSorter
from pathlib import Path

from leadscore.settings import PROJECT

MODULES = {
    ".".join(path.relative_to(PROJECT).with_suffix("").parts).removesuffix(
        ".__init__"
    ): path
    for package in ("leadscore", "expectations", "sample")
    for path in (PROJECT / package).rglob("*.py")
}


def imported(path: Path) -> Iterator[str]:
    """The modules that a file imports."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            names = [f"{node.module}.{alias.name}" for alias in node.names]
            yield from (name if name in MODULES else str(node.module) for name in names)


def test_no_module_imports_in_a_circle() -> None:
    sorter = TopologicalSorter(
        {name: set(imported(path)) & set(MODULES) for name, path in MODULES.items()}
    )
    sorter.prepare()  # raises CycleError and names the modules of a circle


def test_only_local_airflow_imports_airflow() -> None:
    for path in MODULES.values():
        packages = {name.split(".")[0] for name in imported(path)}
        assert "airflow" not in packages or path.name == "local_airflow.py", path
