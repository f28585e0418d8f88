"""A host on the Bangle's UART, written from docs/watches/banglejs.md for these tests alone: it shares no line
with wearsync, nor with the watch.

    host = await UartHost.on(link)                  # subscribed, the console's half line ended
    await host.say(b'{"t":"wearsync","q":"info"}'); await host.told("info")
    paper = host.paper(key); await paper.handshake()
"""

import asyncio
import base64
import json
from dataclasses import dataclass, field

from bleak import BleakClient

from tests.simulators.watches.paper_host import SOON_S, PaperHost

RX = "6e400002-b5a3-f393-e0a9-e50e24dcca9e"
TX = "6e400003-b5a3-f393-e0a9-e50e24dcca9e"
PACKET_BYTES = 128
XON, XOFF = b"\x11", b"\x13"


@dataclass
class UartHost:
    """One link. `seen`: every byte that came; `lines`: the lines of ours that nobody has asked for yet."""

    link: BleakClient
    obeys: bool = True
    seen: bytes = b""
    lines: list[dict[str, object]] = field(default_factory=list)
    came: asyncio.Event = field(default_factory=asyncio.Event)
    goes: asyncio.Event = field(default_factory=asyncio.Event)
    stops: int = 0
    biggest: int = 0
    listener: PaperHost | None = None
    half: bytes = b""

    @classmethod
    async def on(cls, link: BleakClient, *, obeys: bool = True) -> "UartHost":
        """Subscribe, and end what the last connection may have left in the console."""
        host = cls(link, obeys)
        host.goes.set()
        await link.start_notify(TX, lambda _, data: host.heard(bytes(data)))
        await host.write(b"\x1b[2H\n")
        return host

    def heard(self, data: bytes) -> None:
        """A notification."""
        self.biggest = max(self.biggest, len(data))
        self.seen += data
        for byte in (data[n : n + 1] for n in range(len(data))):
            if byte == XOFF:
                self.stops += 1
                self.goes.clear()
            elif byte == XON:
                self.goes.set()
            else:
                self.half += byte
        *whole, self.half = self.half.split(b"\n")
        for line in whole:
            self.line(line)

    def line(self, line: bytes) -> None:
        """A line: frames go to the paper host, answers are kept, all else is noise."""
        begin = line.rfind(b'{"t":"wearsync')
        try:
            told = json.loads(line[begin:]) if begin >= 0 else {}
        except ValueError:
            return
        if not told:
            return
        if "u" in told and self.listener is not None:
            self.listener.heard(base64.b64decode(told["u"]))
        else:
            self.lines.append(told)
            self.came.set()

    async def write(self, raw: bytes) -> None:
        """Bytes, in packets, as flow control allows."""
        for at in range(0, len(raw), PACKET_BYTES):
            if self.obeys:
                async with asyncio.timeout(SOON_S):
                    await self.goes.wait()
            await self.link.write_gatt_char(RX, raw[at : at + PACKET_BYTES], response=True)

    async def say(self, told: bytes) -> None:
        """A call of GB()."""
        await self.write(b"\x10GB(" + told + b")\n")

    async def told(self, name: str) -> object:
        """The next of our lines that tells this."""
        async with asyncio.timeout(SOON_S):
            while True:
                while self.lines:
                    line = self.lines.pop(0)
                    if name in line:
                        return line[name]
                self.came.clear()
                await self.came.wait()

    async def info(self) -> bytes:
        """Info, 19 B."""
        await self.say(b'{"t":"wearsync","q":"info"}')
        return base64.b64decode(str(await self.told("info")))

    async def key(self, key: bytes) -> object:
        """Hand a key over; "ok" or "refused"."""
        await self.say(b'{"t":"wearsync","q":"key","k":"' + base64.b64encode(key) + b'"}')
        return await self.told("key")

    async def asked(self, expression: str, number: int = 1) -> object:
        """What an expression gives; None: undefined."""
        told = f'{{t:"wearsync-app",n:{number},v:{expression}}}'
        await self.write(f"\x10Bluetooth.println(JSON.stringify({told}))\n".encode())
        async with asyncio.timeout(SOON_S):
            while True:
                for line in self.lines:
                    if line.get("n") == number:
                        self.lines.remove(line)
                        return line.get("v")
                self.came.clear()
                await self.came.wait()

    def paper(self, key: bytes | None) -> PaperHost:
        """A host of the hold profile on this line."""
        self.listener = PaperHost(key, self.frame)
        return self.listener

    async def frame(self, raw: bytes) -> None:
        """One Down frame."""
        await self.say(b'{"t":"wearsync","d":"' + base64.b64encode(raw) + b'"}')
