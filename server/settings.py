"""Settings: from the environment and OBIA_HOME/obia.toml, read once; each knows where its value came from."""

import os
import re
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields
from ipaddress import IPv4Network, IPv6Network, ip_network
from pathlib import Path
from types import MappingProxyType
from typing import Any
from urllib.parse import urlsplit

from obia.schema.errors import BadSetting, Code, ObiaError

Network = IPv4Network | IPv6Network


class Secret(str):
    """Text that never shows itself: `str()` and `repr()` print a mask, `reveal()` the text."""

    __slots__ = ()

    def __str__(self) -> str:
        return "********"

    __repr__ = __str__

    def __format__(self, _spec: str) -> str:
        return str(self)

    def reveal(self) -> str:
        """The text itself."""
        return str.__str__(self)


def _setting(default: object, parse: Callable[[str], object], description: str) -> Any:
    return field(default=default, metadata={"parse": parse, "description": description})


def _names(text: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in text.split(",") if part.strip())


def _boolean(text: str) -> bool:
    words = {"true": True, "1": True, "yes": True, "false": False, "0": False, "no": False}
    if text.lower() not in words:
        raise ValueError("is not true or false")
    return words[text.lower()]


def _positive(text: str) -> int:
    number = int(text)
    if number < 1:
        raise ValueError("must be at least 1")
    return number


def _seconds(text: str) -> float:
    number = float(text)
    if not 0 < number < float("inf"):
        raise ValueError("must be a number of seconds above 0")
    return number


def _url(*schemes: str) -> Callable[[str], str]:
    def parse(text: str) -> str:
        if urlsplit(text).scheme not in schemes:
            raise ValueError(f"must be a URL that starts with {' or '.join(f'{s}://' for s in schemes)}")
        return text

    return parse


def _secret_url(*schemes: str) -> Callable[[str], Secret]:
    parse = _url(*schemes)
    return lambda text: Secret(parse(text))


def _store_url(text: str) -> str:
    if urlsplit(text).scheme == "s3":
        raise ValueError("names an s3:// store, which this version does not have; use file://")
    if not text.startswith("file:///"):
        raise ValueError("must be a URL that starts with file:///")
    return text


def _memory(text: str) -> str:
    if not (text[:-1].isdigit() and text[-1] in "mg"):
        raise ValueError("must be a size like 512m or 4g")
    return text


def _level(text: str) -> str:
    if text.upper() not in ("DEBUG", "INFO", "WARNING", "ERROR"):
        raise ValueError("must be DEBUG, INFO, WARNING or ERROR")
    return text.upper()


def _folder(text: str) -> Path:
    path = Path(text).expanduser()
    if not path.is_absolute():
        raise ValueError("must be an absolute path")
    return path


def _hosts(text: str) -> tuple[str, ...]:
    names = _names(text)
    if not names or not all(HOST.fullmatch(name) for name in names):
        raise ValueError("must be host names or addresses, without scheme, port or *, such as archive.example,[::1]")
    return names


def _origins(text: str) -> tuple[str, ...]:
    names = _names(text)
    if not all(_ORIGIN.fullmatch(name) for name in names):
        raise ValueError("must be origins, with a scheme and no path, such as https://portal.example")
    return names


def _networks(text: str) -> tuple[Network, ...]:
    try:
        return tuple(ip_network(each, strict=False) for each in _names(text))
    except ValueError:
        raise ValueError("must be addresses or networks, such as 127.0.0.1,10.0.0.0/8,2001:db8::/32") from None


HOST = re.compile(r"\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9._-]+")
_ORIGIN = re.compile(rf"https?://({HOST.pattern})(:[0-9]{{1,5}})?/?", re.IGNORECASE)
_GRAPH_SCHEMES = ("bolt", "bolt+s", "bolt+ssc", "neo4j", "neo4j+s", "neo4j+ssc")


@dataclass(frozen=True, slots=True)
class Settings:
    """Every setting: OBIA_NAME in the environment, `name` in obia.toml; the environment wins."""

    home: Path = _setting(Path(), _folder, "The folder that holds everything this archive writes.")
    graph_url: str | None = _setting(None, _url(*_GRAPH_SCHEMES), "A Neo4j elsewhere; unset, the archive runs its own.")
    graph_user: str = _setting("neo4j", str, "The user of the Neo4j elsewhere.")
    graph_password: Secret | None = _setting(None, Secret, "The password of the Neo4j elsewhere.")
    redis_url: Secret | None = _setting(
        None, _secret_url("redis", "rediss"), "A Redis elsewhere; unset, the archive runs its own queue."
    )
    store_url: str | None = _setting(None, _store_url, "Where files are kept; unset, OBIA_HOME/store.")
    inbox: Path | None = _setting(None, _folder, "The folder whose subfolders `startIngest` may name.")
    plugins: tuple[str, ...] | None = _setting(
        None, _names, "Only these plugins are loaded; unset, all that are installed."
    )
    block: tuple[str, ...] = _setting((), _names, "These plugins are not loaded.")
    require: tuple[str, ...] = _setting(("deid_ctp",), _names, "Without these plugins nothing starts.")
    trace: bool = _setting(False, _boolean, "Whether every hook call is logged.")
    batch_size: int = _setting(200, _positive, "Files in one batch: one lease, one transaction.")
    lease_seconds: float = _setting(300.0, _seconds, "How long a worker may hold a batch without a sign of life.")
    file_seconds: float = _setting(
        600.0,
        _seconds,
        "How much processor time, in seconds, one file may take before its process ends; a file over which two "
        "processes ended is set aside.",
    )
    allowed_hosts: tuple[str, ...] = _setting(
        ("127.0.0.1", "localhost", "[::1]"), _hosts, "Host names the API answers to; any port."
    )
    allowed_origins: tuple[str, ...] = _setting((), _origins, "Origins besides its own from which browsers may ask.")
    trusted_proxies: tuple[Network, ...] = _setting(
        (), _networks, "Addresses or networks of proxies whose Forwarded and X-Forwarded-For headers are believed."
    )
    request_seconds: float = _setting(20.0, _seconds, "How long one request may take.")
    anonymous_seconds: float = _setting(3.0, _seconds, "How long one statement of a viewer without a token may take.")
    graph_heap: str = _setting("512m", _memory, "Java heap of our own Neo4j.")
    graph_pagecache: str = _setting("256m", _memory, "Page cache of our own Neo4j.")
    cache: Path = _setting(Path(), _folder, "Where downloads are kept, for every archive of this user.")
    maven_url: str | None = _setting(
        None, _url("https", "http", "file"), "The Maven repository to fetch Neo4j from; unset, the client's own."
    )
    log_level: str = _setting(
        "WARNING", _level, "DEBUG, INFO, WARNING or ERROR; `serve` and `work` log from INFO on where nothing is set."
    )
    crash_at: str = _setting("", str, "For crash tests: the named point at which the process kills itself.")
    sections: Mapping[str, Any] = field(default_factory=dict)
    origins: Mapping[str, str] = field(default_factory=dict)
    unread: tuple[str, ...] = ()
    """Variables that begin as settings do and are none."""

    @classmethod
    def load(cls, environment: Mapping[str, str] = os.environ) -> "Settings":
        """Read the environment and then OBIA_HOME/obia.toml. Raises BadSetting naming the setting and the way out."""
        home = _home(environment)
        table = _read_toml(home / "obia.toml")
        sections = {name: dict(value) for name, value in table.items() if isinstance(value, dict)}
        if isinstance(table.get("plugins"), dict) and "allow" in table["plugins"]:
            table["plugins"] = table["plugins"]["allow"]  # [plugins.NAME] needs the name for itself
        values: dict[str, Any] = {"home": home, "cache": _cache(environment)}
        origins = {"home": "OBIA_HOME" if "OBIA_HOME" in environment else "default", "cache": "default"}
        known = {each.name: each for each in fields(cls) if "parse" in each.metadata}
        for name, value in table.items():
            if name not in known and not isinstance(value, dict):
                raise BadSetting(f"obia.toml: there is no setting {name!r}; `obia settings` lists them")
        for name, each in known.items():
            variable = f"OBIA_{name.upper()}"
            if name == "home":
                continue
            if environment.get(variable):
                values[name], origins[name] = _parsed(each.metadata["parse"], environment[variable], variable), variable
            elif name in table and not isinstance(table[name], dict):
                origin = f"obia.toml: {name}"
                values[name], origins[name] = _parsed(each.metadata["parse"], _flat(table[name]), origin), "obia.toml"
            else:
                origins.setdefault(name, "default")
        variables = {f"OBIA_{name.upper()}" for name in known}
        unread = tuple(sorted(name for name in environment if name.startswith("OBIA_") and name not in variables))
        return cls(**values, sections=MappingProxyType(sections), origins=MappingProxyType(origins), unread=unread)

    def demand_inbox(self) -> None:
        """Raise BadSetting for an inbox that is set and is not there: who serves or works would find nothing in it."""
        if self.inbox is not None and not self.inbox.is_dir():
            raise BadSetting(f"{self.origins['inbox']}: {str(self.inbox)!r} is no folder that is there")

    def describe(self) -> list[tuple[str, object, str, str]]:
        """Every setting as (name, value, origin, description); secrets stay masked."""
        return [
            (each.name, getattr(self, each.name), self.origins.get(each.name, "default"), each.metadata["description"])
            for each in fields(self)
            if "parse" in each.metadata
        ]


def _home(environment: Mapping[str, str]) -> Path:
    given = environment.get("OBIA_HOME")
    if given:
        return Path(given).expanduser().absolute()
    base = environment.get("XDG_DATA_HOME") or str(Path.home() / ".local" / "share")
    return Path(base) / "obia"


def _cache(environment: Mapping[str, str]) -> Path:
    base = environment.get("XDG_CACHE_HOME") or str(Path.home() / ".cache")
    return Path(base) / "obia"


def _read_toml(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except NotADirectoryError:
        raise ObiaError(
            f"{path.parent} is a file, or lies below one; set OBIA_HOME to a folder", Code.HOME_UNWRITABLE
        ) from None
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise BadSetting(f"{path.name} in OBIA_HOME cannot be read: {error}") from None


def _flat(value: object) -> str:
    if isinstance(value, list):
        return ",".join(str(part) for part in value)
    return str(value).lower() if isinstance(value, bool) else str(value)


def _parsed(parse: Callable[[str], object], text: str, where: str) -> object:
    try:
        return parse(text)
    except ValueError as error:
        shown = "its value" if "PASSWORD" in where or "redis" in where.lower() else repr(text)
        is_pythons_own = "literal" in str(error) or "convert" in str(error)
        reason = "is not a number" if is_pythons_own else str(error)
        raise BadSetting(f"{where}: {shown} {reason}") from None
