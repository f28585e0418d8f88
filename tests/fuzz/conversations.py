"""Fuzz targets that talk: a host's session with whoever is on the air, and a watch's core with a mad host.

Rule: the bytes are a script (`chunks`) of what the other side says and of what time does. Nothing may come of
it but a link that ends.
"""

from itertools import pairwise

from tests.fuzz.chunks import Chunks
from tests.fuzz.parsers import is_a_sentence
from tests.protocol import meeting
from tests.protocol.peer import READY, PaperWatch
from tests.simulators.watches.bench import Bench
from wearsync.errors import ProtocolError, WatchError
from wearsync.messages import RecordsArrived, RecordsLost
from wearsync.protocol.frames import Records, Unknown, decode_up
from wearsync.protocol.session import Said, State
from wearsync_simulators.watches.frames import write_up
from wearsync_simulators.watches.view import Press


def session(data: bytes) -> None:
    """Anybody's bytes between a watch's own: without its key nothing is taken; with it, all in order."""
    script = Chunks(data)
    watch = PaperWatch(is_open=False)
    host = meeting.streaming(watch, cursor=1) if script.choice(2) else meeting.greeted(watch)
    taken = 0
    while script:
        try:
            if host.state is State.GREETED or script.choice(2):
                said = host.receive(script.some())
                assert said == (), "bytes that nobody has sealed"
            else:
                said = host.receive(_sealed(watch, script))
                taken = _in_order(said, taken)
                if said and script.choice(2):
                    host.acknowledge(taken)
        except WatchError as error:
            is_a_sentence(str(error))
            return


def watch(data: bytes) -> None:
    """A host with the key and no manners, the wearer's hand, and time: the watch goes on."""
    script = Chunks(data)
    bench = Bench(lab=True)
    bench.connect()
    while script:
        match script.choice(8):
            case 0 | 1 | 2:
                bench.say(script.number(), script.some())
            case 3:
                bench.say(5, b"\x01\x00\x00\x00" + script.some())  # CUES of this boot
            case 4:
                bench.wait(script.number(2) / 10)
            case 5:
                bench.press(list(Press)[script.choice(len(Press))])
            case 6:
                bench.watch.link_mtu(script.number(2))
            case _:
                bench.disconnect()
                bench.connect(cursor=1 + script.number())
    for frame in bench.said:
        assert not isinstance(decode_up(write_up(frame)), Unknown)
    seqs = [record.seq for record in bench.records()]
    assert all(after == before + 1 for before, after in pairwise(seqs))


def _sealed(watch: PaperWatch, script: Chunks) -> bytes:
    """A frame of the watch's own: any at all, or RECORDS that go on where they should, or nearly."""
    if script.choice(2):
        seq, body = script.number(), script.some()[:38]
        record = bytes((14 + len(body), script.number())) + seq.to_bytes(4, "little") + bytes(8) + body
        return watch.says(Records(record))
    try:
        return watch.says(decode_up(script.some()))
    except ProtocolError:
        return watch.says(READY)


def _in_order(said: tuple[Said, ...], taken: int) -> int:
    """The last sequence number after these, which go on without a gap."""
    for each in said:
        match each:
            case RecordsArrived(records):
                for record in records:
                    assert record.seq == taken + 1
                    taken = record.seq
            case RecordsLost(from_seq, next_seq):
                assert from_seq == taken + 1
                taken = next_seq - 1
            case _:
                pass
    return taken
