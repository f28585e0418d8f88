"""Bonds in memory and in a file."""

from pathlib import Path
from stat import S_IMODE

import pytest
from bumble.hci import AddressType
from bumble.keys import PairingKeys
from hypothesis import given
from hypothesis import strategies as st

from tests.simulators.radio.conftest import HOST, OTHER_HOST
from wearsync.errors import RadioUnavailable
from wearsync_simulators.radio.bonds import BondStore, write_private

key = st.builds(
    PairingKeys.Key,
    value=st.binary(min_size=16, max_size=16),
    authenticated=st.booleans(),
    ediv=st.none() | st.integers(0, 0xFFFF),
    rand=st.none() | st.binary(min_size=8, max_size=8),
)
some_keys = st.builds(
    PairingKeys,
    address_type=st.none() | st.just(AddressType.RANDOM_DEVICE),
    ltk=st.none() | key,
    ltk_central=st.none() | key,
    irk=st.none() | key,
)


@given(keys=some_keys)
async def test_what_is_written_is_read_again(
    tmp_path_factory: pytest.TempPathFactory, keys: PairingKeys
) -> None:
    path = tmp_path_factory.mktemp("bonds") / "bonds.json"
    await BondStore(path).update(HOST, keys)
    assert BondStore(path).bond(HOST) == keys


async def test_a_new_bond_takes_the_place_of_the_old_one_whole(tmp_path: Path) -> None:
    store = BondStore(tmp_path / "bonds.json")
    await store.update(HOST, PairingKeys(irk=PairingKeys.Key(bytes(16)), ltk=PairingKeys.Key(bytes(16))))
    await store.update(HOST, PairingKeys(ltk=PairingKeys.Key(b"new" + bytes(13))))
    bond = BondStore(tmp_path / "bonds.json").bond(HOST)
    assert bond is not None
    assert bond.irk is None
    assert await store.get_all() == [(HOST, bond)]


async def test_forgetting_twice_and_forgetting_a_stranger(tmp_path: Path) -> None:
    store = BondStore(tmp_path / "bonds.json")
    await store.update(HOST, PairingKeys())
    for name in (HOST, HOST, OTHER_HOST):
        await store.delete(name)
    assert BondStore(tmp_path / "bonds.json").bond(HOST) is None


def test_private_from_the_first_byte_also_over_an_old_file(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "secret.json"
    write_private(path, "one")
    path.chmod(0o644)
    write_private(path, "two")
    assert path.read_text() == "two"
    assert S_IMODE(path.stat().st_mode) == 0o600
    assert [each.name for each in path.parent.iterdir()] == ["secret.json"]


@pytest.mark.parametrize(
    "content",
    [b"", b"{", b"[]", b'{"bonds": {"x": {"ltk": {"value": "zz"}}}}', b'{"bonds": {"x": 1}}', b"\xff"],
)
def test_a_spoilt_file_is_named(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "bonds.json"
    path.write_bytes(content)
    with pytest.raises(RadioUnavailable, match=r"bonds\.json is not a file of bonds"):
        BondStore(path)
