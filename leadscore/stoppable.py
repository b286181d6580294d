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
    told: list[int] = []
    is_waiting = False

    def stop(number: int, _: FrameType | None) -> None:
        told.append(number)
        # While the command is being started nothing may leave it, and who is impatient
        # and asks again does not stop the stopping.
        if is_waiting and len(told) == 1:
            raise SystemExit

    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, stop)
    # In a session of its own, so that Ctrl-C comes here alone.
    with subprocess.Popen(command, start_new_session=True) as process:
        with contextlib.suppress(SystemExit):
            is_waiting = True
            if not told:
                return process.wait()
        _end(process.pid)
    return 128 + told[0]


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
