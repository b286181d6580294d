"""Takes the pictures of README.md from the sample, in the system's Chromium.

.venv/bin/python docs/screenshots.py
"""

from __future__ import annotations

import shutil
import threading
import time
from pathlib import Path

import typer
import uvicorn
from playwright.sync_api import sync_playwright

from leadscore.serve.app import create_app
from leadscore.settings import Settings

FOLDER = Path(__file__).parent
PORT = 8059
PICTURES = {"today.png": "/", "lead.png": "/leads/L90001"}
SIZE = {"width": 1100, "height": 760}


def main() -> None:
    """Serve what is published of the sample, and look at it."""
    config = uvicorn.Config(create_app(Settings()), port=PORT, log_level="warning")
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run)
    thread.start()
    try:
        while not server.started:
            time.sleep(0.1)
        with sync_playwright() as started:
            browser = started.chromium.launch(
                executable_path=shutil.which("chromium"), args=["--no-sandbox"]
            )
            tab = browser.new_page(viewport=SIZE)
            for name, address in PICTURES.items():
                tab.goto(f"http://127.0.0.1:{PORT}{address}")
                tab.screenshot(path=FOLDER / name)
                typer.echo(f"{FOLDER / name}: {(FOLDER / name).stat().st_size:,} bytes")
            browser.close()
    finally:
        server.should_exit = True
        thread.join()


if __name__ == "__main__":
    main()
