"""Clients: addresses of one client, and turns that one client cannot take from the others."""

import asyncio

import pytest

from obia.schema.clients import Shares, client_of

CLIENTS = {
    "192.0.2.1": "192.0.2.1",
    "::ffff:192.0.2.1": "192.0.2.1",
    "2001:db8:1:2::1": "2001:db8:1:2::/64",
    "2001:DB8:1:2:ffff::9": "2001:db8:1:2::/64",
    "fe80::1%eth0": "fe80::/64",
    "": "",
    "no address": "no address",
}


@pytest.mark.parametrize("address", CLIENTS)
def test_addresses_of_one_network_are_one_client(address: str) -> None:
    assert client_of(address) == CLIENTS[address]


@pytest.mark.anyio
async def test_a_client_that_holds_its_share_keeps_no_other_waiting() -> None:
    shares = Shares(2, 1)
    ended: list[str] = []
    release = asyncio.Event()

    async def hold(name: str, address: str) -> None:
        async with shares.of(address):
            if name != "other":
                await release.wait()
            ended.append(name)

    greedy = [asyncio.create_task(hold(f"greedy {n}", f"2001:db8::{n}")) for n in range(9)]
    other = asyncio.create_task(hold("other", "192.0.2.1"))
    await other
    release.set()
    await asyncio.gather(*greedy)

    assert ended[0] == "other"
