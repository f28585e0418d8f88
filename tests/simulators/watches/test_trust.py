"""Section 4: keys, lock-out and pairing mode. Proofs and tags are proven by the vectors (test_vectors.py)."""

from wearsync_simulators.watches.trust import (
    KEYS_MAX,
    Direction,
    HostKey,
    Keyring,
    Lockout,
    PairingMode,
    Tags,
    compare,
    key_id,
)

KEYS = [bytes([n]) * 32 for n in range(KEYS_MAX + 1)]


def test_a_key_is_pending_until_its_first_handshake() -> None:
    keyring = Keyring()
    keyring.offer(KEYS[0])
    assert not keyring.hosts
    found = keyring.find(key_id(KEYS[0]))
    assert found is not None
    assert keyring.prove(found)
    assert [one.key for one in keyring.hosts] == [KEYS[0]]
    assert not keyring.prove(found)


def test_one_pending_key_at_a_time() -> None:
    keyring = Keyring()
    keyring.offer(KEYS[0])
    keyring.offer(KEYS[1])
    assert keyring.find(key_id(KEYS[0])) is None
    assert keyring.find(key_id(KEYS[1])) is not None


def test_a_power_cycle_forgets_a_pending_key() -> None:
    keyring = Keyring()
    keyring.offer(KEYS[0])
    assert Keyring(keyring.hosts).find(key_id(KEYS[0])) is None


def test_a_known_key_that_is_offered_again_keeps_its_cursor() -> None:
    keyring = Keyring((HostKey(KEYS[0], 17, 3),))
    keyring.offer(KEYS[0])
    found = keyring.find(key_id(KEYS[0]))
    assert found is not None
    assert keyring.prove(found)
    assert [(host.cursor, host.journal_id) for host in keyring.hosts] == [(17, 3)]


def test_each_key_has_its_own_cursor() -> None:
    keyring = Keyring((HostKey(KEYS[0]), HostKey(KEYS[1])))
    keyring.acked(KEYS[1], cursor=5, journal_id=3)
    assert [host.cursor for host in keyring.hosts] == [0, 5]


def test_at_least_four_keys_and_the_one_proven_longest_ago_goes_first() -> None:
    assert KEYS_MAX >= 4
    keyring = Keyring()
    for key in KEYS:
        keyring.offer(key)
        found = keyring.find(key_id(key))
        assert found is not None
        keyring.prove(found)
    assert [host.key for host in keyring.hosts] == KEYS[:0:-1]


def test_keys_are_never_shown() -> None:
    assert KEYS[1].hex() not in repr(HostKey(KEYS[1]))
    assert repr(KEYS[1]) not in repr(HostKey(KEYS[1]))


def test_lockout() -> None:
    lockout = Lockout()
    for _ in range(4):
        lockout.wrong(1000)
    assert not lockout.locked(1000)
    lockout.wrong(1000)
    assert lockout.locked(60_999)
    assert not lockout.locked(61_000)


def test_pairing_mode_ends_after_60_s_and_stays_closed_for_60_s() -> None:
    mode = PairingMode()
    assert not mode.is_open(0)
    mode.switch_on(1000)
    assert mode.is_open(60_999)
    assert mode.due == 61_000
    mode.advance(61_000)
    assert not mode.is_open(61_000)
    mode.switch_on(120_999)
    assert not mode.is_open(120_999)
    mode.switch_on(121_000)
    assert mode.is_open(121_000)


def test_three_attempts_then_closed_for_60_s() -> None:
    mode = PairingMode()
    mode.switch_on(0)
    for attempt in range(3):
        assert mode.attempt(attempt)
        mode.failed(attempt)
    assert not mode.is_open(3)
    assert not mode.attempt(3)
    mode.switch_on(60_001)
    assert not mode.attempt(60_001)
    mode.switch_on(60_002)
    assert mode.attempt(60_002)


def test_a_fourth_attempt_is_refused_even_if_the_third_has_not_ended() -> None:
    mode = PairingMode()
    mode.switch_on(0)
    assert [mode.attempt(0) for _ in range(4)] == [True, True, True, False]
    assert not mode.is_open(0)


def test_a_third_attempt_that_succeeds_may_write_its_key() -> None:
    mode = PairingMode()
    mode.switch_on(0)
    assert [mode.attempt(0) for _ in range(3)] == [True, True, True]
    assert mode.is_open(59_999)


def test_the_lasting_mode_lasts_until_a_key_is_proven_but_not_through_three_failures() -> None:
    mode = PairingMode(lasting=True)
    assert mode.is_open(3_600_000)
    for _ in range(3):
        mode.attempt(5000)
        mode.failed(5000)
    assert not mode.is_open(5000)
    assert mode.due == 65_000
    mode.advance(65_000)
    assert mode.is_open(65_000)
    mode.proven()
    assert not mode.is_open(65_000)
    assert mode.due is None


def test_a_new_key_that_is_proven_ends_the_mode_without_the_minute() -> None:
    mode = PairingMode()
    mode.switch_on(0)
    mode.proven()
    assert not mode.is_open(1)
    mode.switch_on(2)
    assert mode.is_open(2)


def test_tags_of_one_direction_do_not_serve_the_other() -> None:
    one, other = Tags(KEYS[0]), Tags(KEYS[0])
    assert other.unseal(one.seal(b"x", Direction.UP), Direction.DOWN) is None


def test_compare() -> None:
    assert compare(b"abc", b"abc")
    assert not compare(b"abc", b"abd")
    assert not compare(b"abc", b"ab")
