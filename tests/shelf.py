"""A shelf of third-party plugins: real distributions with entry points, on the path of a real process."""

import json
import os
import subprocess
import sys
import textwrap
from pathlib import Path


class Shelf:
    """A folder on the path, into which a test puts third-party plugins."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.home = folder / "home"
        self.home.mkdir()

    def put(self, name: str, source: str) -> None:
        """Install a plugin: a module and its entry point."""
        module = f"plugin_{name}"
        (self.folder / f"{module}.py").write_text(textwrap.dedent(source))
        info = self.folder / f"{name}-1.0.dist-info"
        info.mkdir()
        (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n")
        (info / "entry_points.txt").write_text(f"[obia]\n{name} = {module}\n")

    def obia(self, *arguments: str, **more: str) -> "subprocess.CompletedProcess[str]":
        """Run the program with the shelf on its path."""
        environment = {"PATH": os.environ["PATH"], "PYTHONPATH": str(self.folder), "OBIA_HOME": str(self.home), **more}
        command = [sys.executable, "-m", "obia", *arguments]
        return subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60, check=False)

    def plugins(self, **more: str) -> dict[str, dict[str, object]]:
        """What `obia plugins --json` says, by name."""
        run = self.obia("plugins", "--json", **more)
        assert run.returncode == 0, run.stderr
        return {each["name"]: each for each in json.loads(run.stdout)}
