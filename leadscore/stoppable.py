"""Runs a command that ends, with all that it started, when it is told to stop.

`airflow standalone` alone leaves its scheduler behind, which goes on with its tasks.
"""

from __future__ import annotations

import contextlib
import signal
import subprocess
import sys
from collections.abc import Sequence
from types import FrameType

import psutil

SECONDS = 5  # to end by itself, before it is killed


def run(command: Sequence[str]) -> int:
    """Run a command until it ends, or this process is told to; return its exit code."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, _stop)
    # In a session of its own, so that Ctrl-C comes here alone.
    with subprocess.Popen(command, start_new_session=True) as process:
        try:
            return process.wait()
        except SystemExit:
            _end(process.pid)
            raise


def _stop(number: int, _: FrameType | None) -> None:
    # Who is impatient and asks again does not stop the stopping.
    signal.signal(number, signal.SIG_IGN)
    raise SystemExit(128 + number)


def _end(pid: int) -> None:
    alive: list[psutil.Process] = []
    with contextlib.suppress(psutil.NoSuchProcess):
        process = psutil.Process(pid)
        alive = [process, *process.children(recursive=True)]
    for end in (psutil.Process.terminate, psutil.Process.kill):
        for one in alive:
            with contextlib.suppress(psutil.NoSuchProcess):
                end(one)
        _, alive = psutil.wait_procs(alive, timeout=SECONDS)


if __name__ == "__main__":
    sys.exit(run(sys.argv[1:]))
