"""Fixed statements: one file each under server/cypher, its first line saying what it returns."""

from functools import cache
from importlib.resources import files


@cache
def cypher(name: str) -> str:
    """The text of server/cypher/NAME.cypher, without its comment lines. Raises FileNotFoundError."""
    text = (files("obia.server") / "cypher" / f"{name}.cypher").read_text(encoding="utf-8")
    return "\n".join(line for line in text.splitlines() if not line.startswith("//")).strip()
