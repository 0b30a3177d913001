"""Tokens: who may ask. Only a token's SHA-256 is kept; the token itself is shown once."""

import hashlib
import re
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from obia.schema.access import ANONYMOUS, Role, Scope, Sight, Viewer
from obia.schema.accessions import is_accession
from obia.schema.errors import BadInput, Code, NotFound, ObiaError
from obia.server.changing import Writes
from obia.server.clock import now
from obia.server.graph.driver import Graph, Transaction
from obia.server.graph.statements import cypher

if TYPE_CHECKING:
    from obia.server.archive import OpenArchive

_PREFIX = "obia_"
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._@-]{0,63}")
_RESERVED = ("anonymous", "local")
_LONGEST = 256  # characters of what is taken for a token


@dataclass(frozen=True, slots=True)
class Token:
    """A token as it is listed: never the token itself."""

    name: str
    role: str
    grants: tuple[str, ...]
    created_at: str
    revoked_at: str | None
    id: str


async def add_token(archive: "OpenArchive", viewer: Viewer, name: str, role: Role, grants: Sequence[str]) -> str:
    """Make a token, on record in the audit log, and return it, once. Raises as `create_token` does."""
    _check(name, role, grants)
    try:
        async with archive.changing(viewer, "token.add", name) as change:
            return await create_token(change, name, role, grants)
    except ObiaError as error:
        if error.code is Code.AUDIT_INCOMPLETE:
            raise ObiaError(f"{error.message}; this token is not shown: revoke it, add another", error.code) from None
        raise


async def create_token(graph: Writes, name: str, role: Role, grants: Sequence[str]) -> str:
    """Make a token and return it, once. Raises BadInput, NotFound, ObiaError ALREADY_EXISTS."""
    _check(name, role, grants)
    token = _PREFIX + secrets.token_urlsafe(32)
    parameters = {
        "digest": _digest(token),
        "id": secrets.token_hex(8),
        "name": name,
        "role": role.value,
        "grants": sorted(set(grants)),
        "now": now(),
    }

    async def work(tx: Transaction) -> str:
        [[missing, is_new]] = await tx.run(cypher("create_token"), parameters)
        if missing:
            raise NotFound(f"there is no collection {missing[0]}; `obia collection list` shows them")
        if not is_new:
            raise ObiaError(f"there is a token named {name}; revoke it first", Code.ALREADY_EXISTS)
        return token

    return await graph.write(work)


async def withdraw_token(archive: "OpenArchive", viewer: Viewer, name: str) -> None:
    """Revoke a token, on record in the audit log. Raises NotFound."""
    if not _NAME.fullmatch(name):
        raise _no_token(name)
    async with archive.changing(viewer, "token.revoke", name) as change:
        await revoke_token(change, name)


async def revoke_token(graph: Writes, name: str) -> None:
    """Revoke a token, at once and for good. Raises NotFound."""

    async def work(tx: Transaction) -> None:
        if not await tx.run(cypher("revoke_token"), {"name": name, "now": now()}):
            raise _no_token(name)

    await graph.write(work)


async def tokens(graph: Graph) -> list[Token]:
    """Every token, revoked ones too, oldest first."""
    rows = await graph.read(cypher("tokens"))
    return [Token(name, role, tuple(grants), created, revoked, id) for name, role, grants, created, revoked, id in rows]


async def viewer(graph: Graph, token: str | None) -> Viewer:
    """Who asks with this token. Raises ObiaError UNAUTHENTICATED for one that is unknown or revoked."""
    if token is None:
        return ANONYMOUS
    rows = await graph.read(cypher("viewer"), {"digest": _digest(token[:_LONGEST])})
    if not rows:
        raise ObiaError("this token is unknown or revoked; ask the archive for another", Code.UNAUTHENTICATED)
    name, role, grants, own, id = rows[0]
    return Viewer(name, Role(role), _scope(Role(role), tuple(own), tuple(grants)), id)


def controlled_collections(scope: Scope) -> str:
    """The collections whose clinical data a scope sees though they are, or may be, CONTROLLED; `all`, or none."""
    return "all" if scope.sight is Sight.ALL else " ".join(sorted({*scope.own, *scope.grants}))


def _check(name: str, role: Role, grants: Sequence[str]) -> None:
    """Raise BadInput for what no token can be."""
    if not _NAME.fullmatch(name) or name in _RESERVED:
        raise BadInput("a token's name is made of letters, digits, dot, dash, underscore and @, 64 at most")
    if role is Role.ANONYMOUS:
        raise BadInput("a token has the role researcher, submitter, curator or administrator")
    if wrong := [each for each in grants if not is_accession("Collection", each)]:
        raise BadInput(f"a grant names a collection, like OBIA0001; {len(wrong)} do not", Code.BAD_ACCESSION)


def _no_token(name: str) -> NotFound:
    return NotFound(f"no token of that name is in force; `obia token list` shows them: {name[:64]!r}")


def _scope(role: Role, own: tuple[str, ...], grants: tuple[str, ...]) -> Scope:
    if role in (Role.CURATOR, Role.ADMINISTRATOR):
        return Scope(Sight.ALL)
    if role is Role.SUBMITTER:
        return Scope(Sight.OWN, own, grants)
    return Scope(Sight.PUBLIC, (), grants)


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()
