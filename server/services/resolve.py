"""Developers resolve the lock of Neo4j's artifacts anew: `python -m obia.server.services.resolve VERSION` (needs mvn).

It writes `neo4j.lock` beside this file: coordinates, size and sha256 of every jar that the server needs to run.
"""

import hashlib
import subprocess
import sys
import tempfile
from pathlib import Path

_POM = """<project>
<modelVersion>4.0.0</modelVersion><groupId>obia</groupId><artifactId>lock</artifactId><version>1</version>
<packaging>pom</packaging><dependencies>
<dependency><groupId>org.neo4j.app</groupId><artifactId>neo4j-server</artifactId><version>{0}</version></dependency>
<dependency><groupId>org.neo4j</groupId><artifactId>neo4j</artifactId><version>{0}</version></dependency>
</dependencies></project>
"""


def resolve(version: str, folder: Path) -> list[str]:
    """Let mvn resolve this version into the folder; return the lines of the lock, sorted."""
    (folder / "pom.xml").write_text(_POM.format(version), encoding="utf-8")
    options = ["-DincludeScope=runtime", "-Dmdep.useRepositoryLayout=true", "-DoutputDirectory=jars"]
    subprocess.run(["mvn", "-q", "-B", "dependency:copy-dependencies", *options], cwd=folder, check=True)
    return sorted(_line(jar, folder / "jars") for jar in (folder / "jars").rglob("*.jar"))


def _line(jar: Path, root: Path) -> str:
    *group, artifact, version = jar.parent.relative_to(root).parts
    classifier = jar.stem.removeprefix(f"{artifact}-{version}").removeprefix("-")
    coordinates = ":".join([".".join(group), artifact, version, *([classifier] if classifier else [])])
    return f"{coordinates} {jar.stat().st_size} {hashlib.sha256(jar.read_bytes()).hexdigest()}"


def main() -> None:
    """Write the lock."""
    (version,) = sys.argv[1:]
    with tempfile.TemporaryDirectory() as folder:
        lines = resolve(version, Path(folder))
    head = (
        f"# Neo4j Community {version}, GPL-3.0: fetched by the user's machine, never shipped with us. See resolve.py.\n"
    )
    lock = Path(__file__).with_name("neo4j.lock")
    lock.write_text(head + "\n".join(lines) + "\n", encoding="utf-8")
    print(f"{len(lines)} artifacts")  # noqa: T201


if __name__ == "__main__":
    main()
