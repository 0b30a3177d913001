"""Forwarding: the headers of trusted proxies say who asks; nobody else's do."""

from collections.abc import Sequence
from ipaddress import ip_network

import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.datastructures import Headers
from starlette.types import Message, Receive, Scope, Send

from obia.schema.errors import BadSetting
from obia.server.http.forwarding import Forwarding, Hop, Proxies
from obia.server.settings import Settings

PROXIES = Proxies([ip_network("10.0.0.0/8"), ip_network("2001:db8:ffff::/48")])
NEAR, FAR = "10.0.0.1", "10.0.0.2"
FOR, PROTO, FORWARDED = "X-Forwarded-For", "X-Forwarded-Proto", "Forwarded"
Lines = Sequence[tuple[str, str]]

WALKS: dict[str, tuple[str, Lines, Hop]] = {
    "no header": (NEAR, (), Hop(NEAR)),
    "an empty header": (NEAR, ((FOR, ""), (FORWARDED, "")), Hop(NEAR)),
    "one hop": (NEAR, ((FOR, "192.0.2.1"),), Hop("192.0.2.1")),
    "one hop and its scheme": (NEAR, ((FOR, "192.0.2.1"), (PROTO, "HTTPS")), Hop("192.0.2.1", "https")),
    "two hops": (NEAR, ((FOR, f"192.0.2.1, {FAR}"), (PROTO, "https, http")), Hop("192.0.2.1", "https")),
    "two hops and one scheme": (NEAR, ((FOR, f"192.0.2.1, {FAR}"), (PROTO, "https")), Hop("192.0.2.1", "https")),
    "hops in two lines": (NEAR, ((FOR, "192.0.2.1"), (FOR, FAR)), Hop("192.0.2.1")),
    "what a client wrote is left out": (NEAR, ((FOR, f"203.0.113.9, 192.0.2.1, {FAR}"),), Hop("192.0.2.1")),
    "a client that names a proxy": (NEAR, ((FOR, f"{FAR}, 192.0.2.1"),), Hop("192.0.2.1")),
    "only proxies": (NEAR, ((FOR, f"{FAR}, {FAR}"),), Hop(FAR)),
    "an untrusted peer": ("192.0.2.7", ((FOR, "203.0.113.9"), (PROTO, "https")), Hop("192.0.2.7")),
    "an untrusted peer with Forwarded": ("192.0.2.7", ((FORWARDED, "for=203.0.113.9;proto=https"),), Hop("192.0.2.7")),
    "a proxy by its mapped address": ("::ffff:10.0.0.1", ((FOR, "192.0.2.1"),), Hop("192.0.2.1")),
    "a proxy by IPv6": ("2001:db8:ffff::1", ((FOR, "2001:DB8::7"),), Hop("2001:db8::7")),
    "a port": (NEAR, ((FOR, "192.0.2.1:4711"),), Hop("192.0.2.1")),
    "IPv6 with a port": (NEAR, ((FOR, "[2001:db8::7]:4711"),), Hop("2001:db8::7")),
    "garbage": (NEAR, ((FOR, "<script>"),), Hop(NEAR)),
    "garbage behind a proxy": (NEAR, ((FOR, f"unknown, {FAR}"),), Hop(FAR)),
    "empty elements": (NEAR, ((FOR, ", 192.0.2.1, ,"),), Hop("192.0.2.1")),
    "another scheme": (NEAR, ((FOR, "192.0.2.1"), (PROTO, "javascript")), Hop("192.0.2.1")),
    "a scheme alone": (NEAR, ((PROTO, "https"),), Hop(NEAR, "https")),
    "Forwarded": (NEAR, ((FORWARDED, "for=192.0.2.1;proto=https;by=10.0.0.1"),), Hop("192.0.2.1", "https")),
    "Forwarded in other letters": (NEAR, ((FORWARDED, "Proto=HTTPS; For=192.0.2.1"),), Hop("192.0.2.1", "https")),
    "Forwarded, quoted": (NEAR, ((FORWARDED, 'for="[2001:db8::7]:4711";proto="https"'),), Hop("2001:db8::7", "https")),
    "Forwarded, two hops": (NEAR, ((FORWARDED, f'for=192.0.2.1, for="{FAR}:80"'),), Hop("192.0.2.1")),
    "Forwarded, hidden": (NEAR, ((FORWARDED, "for=_hidden"),), Hop(NEAR)),
    "Forwarded, a quote left open": (NEAR, ((FORWARDED, 'for="203.0.113.9, for=192.0.2.1'),), Hop("192.0.2.1")),
    "Forwarded, a quote that would swallow": (
        NEAR,
        ((FORWARDED, 'for="203.0.113.9, for="[2001:db8::7]"'),),
        Hop("2001:db8::7"),
    ),
    "both agree": (NEAR, ((FORWARDED, "for=192.0.2.1;proto=https"), (FOR, "192.0.2.1")), Hop("192.0.2.1", "https")),
    "both disagree, so one came from the client": (
        NEAR,
        ((FORWARDED, "for=203.0.113.9"), (FOR, "192.0.2.1")),
        Hop(NEAR),
    ),
}


@pytest.mark.parametrize("case", WALKS)
def test_the_client_is_the_nearest_address_that_is_no_proxy(case: str) -> None:
    peer, lines, expected = WALKS[case]

    assert PROXIES.client(peer, headers(lines)) == expected


@given(spoofed=st.text(st.characters(min_codepoint=32, max_codepoint=126), max_size=80))
def test_whatever_a_client_sends_its_address_is_what_the_proxy_saw(spoofed: str) -> None:
    appended = PROXIES.client(NEAR, headers([(FOR, f"{spoofed}, 192.0.2.1")]))
    forwarded = PROXIES.client(NEAR, headers([(FORWARDED, f'{spoofed}, for="[2001:db8::7]:80"')]))

    assert (appended.address, forwarded.address) == ("192.0.2.1", "2001:db8::7")


def test_without_the_setting_nobody_is_trusted() -> None:
    assert Proxies(()).client("127.0.0.1", headers([(FOR, "192.0.2.1")])) == Hop("127.0.0.1")


@pytest.mark.anyio
async def test_the_application_sees_the_client_and_its_scheme() -> None:
    seen: list[Scope] = []

    async def app(scope: Scope, _receive: Receive, _send: Send) -> None:
        seen.append(scope)

    async def nothing(_message: Message | None = None) -> Message:
        return {}

    lines = [(b"x-forwarded-for", b"192.0.2.1"), (b"x-forwarded-proto", b"https")]
    scope = {"type": "http", "scheme": "http", "client": (NEAR, 80), "headers": lines}
    await Forwarding(app, PROXIES)(scope, nothing, nothing)  # type: ignore[arg-type]

    assert (seen[0]["client"], seen[0]["scheme"]) == (("192.0.2.1", 80), "https")


def headers(lines: Lines) -> Headers:
    """Headers as a server hands them on."""
    return Headers(raw=[(name.lower().encode(), value.encode("latin-1")) for name, value in lines])


def test_the_setting_names_addresses_and_networks() -> None:
    settings = Settings.load({"OBIA_TRUSTED_PROXIES": "127.0.0.1, 10.0.0.7/8,2001:db8::/32"})

    assert [str(each) for each in settings.trusted_proxies] == ["127.0.0.1/32", "10.0.0.0/8", "2001:db8::/32"]


@pytest.mark.parametrize("value", ["proxy.example", "10.0.0.0/99", "*"])
def test_a_setting_that_is_no_address_is_refused(value: str) -> None:
    with pytest.raises(BadSetting, match=r"OBIA_TRUSTED_PROXIES.*must be addresses or networks"):
        Settings.load({"OBIA_TRUSTED_PROXIES": value})
