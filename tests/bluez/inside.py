"""Runs in the guest: does what the host says, and is the wire between /dev/vhci and the host's virtual air.

Rule: the standard library alone, and nothing of the checkout: it also answers when the product does not.
JSON lines both ways over one TCP connection. From the host: {"start": n, "argv": …, "env": …, "pty": bool},
{"input": n, "text": …}, {"signal": n, "number": …}, {"plug": n, "air": [host, port]}, {"unplug": n}.
To the host: {"output": n, "text": …}, {"errors": n, "text": …}, {"ended": n, "status": …}.
"""

import asyncio
import base64
import fcntl
import json
import os
import pty
import signal
import sys
import termios
from functools import partial
from pathlib import Path

COLUMNS, LINES = 80, 24
# Of an HCI packet, by its H4 type: bytes of the header after the type, where its length stands, its bytes.
LENGTH_OF = {0x02: (4, 2, 2), 0x04: (2, 1, 1)}
VHCI = "/dev/vhci"
# hci_vhci: packet type 0xff, then what to make: 0 is a primary controller, configured by HCI alone.
MAKE_CONTROLLER = bytes([0xFF, 0x00])
CHUNK_BYTES = 1 << 16


class Wire:
    """A virtual adapter of the kernel's, while it is plugged in."""

    def __init__(self):
        self.file = -1

    async def plug(self, host, port):
        reader, self.writer = await asyncio.open_connection(host, port)
        self.file = os.open(VHCI, os.O_RDWR | os.O_NONBLOCK)
        os.write(self.file, MAKE_CONTROLLER)
        asyncio.get_running_loop().add_reader(self.file, self.from_kernel)
        self.pump = asyncio.create_task(self.to_kernel(reader))

    async def unplug(self):
        if self.file < 0:
            return
        asyncio.get_running_loop().remove_reader(self.file)
        self.pump.cancel()
        # The controller is gone when its file is; that waits for what the kernel still asks of it.
        file, self.file = self.file, -1
        await asyncio.to_thread(os.close, file)
        self.writer.close()

    def from_kernel(self):
        packet = os.read(self.file, CHUNK_BYTES)
        if packet[0] != 0xFF:
            self.writer.write(packet)

    async def to_kernel(self, reader):
        """One packet a write: the kernel takes no half ones."""
        try:
            while True:
                kind = await reader.readexactly(1)
                header_bytes, at, width = LENGTH_OF[kind[0]]
                header = await reader.readexactly(header_bytes)
                length = int.from_bytes(header[at : at + width], "little")
                os.write(self.file, kind + header + await reader.readexactly(length))
        except asyncio.IncompleteReadError:
            await self.unplug()


class Agent:
    """Commands, by the number that the host gave them."""

    def __init__(self, writer):
        self.writer = writer
        self.running = {}
        self.wire = Wire()
        self.tasks = set()

    def tell(self, **message):
        self.writer.write(json.dumps(message).encode() + b"\n")

    async def obey(self, message):
        match message:
            case {"start": number}:
                await self.start(number, message)
            case {"input": number, "text": text}:
                self.type(number, base64.b64decode(text))
            case {"signal": number, "number": which}:
                process, _ = self.running.get(number, (None, None))
                if process is not None and process.returncode is None:
                    os.killpg(process.pid, which)
            case {"plug": number, "air": [host, port]}:
                await self.wire.plug(host, port)
                self.tell(ended=number, status=0)
            case {"unplug": number}:
                await self.wire.unplug()
                self.tell(ended=number, status=0)
            case _:
                self.tell(trouble="not understood", about=str(message))

    async def start(self, number, message):
        argv, environment = message["argv"], os.environ | message["env"]
        streams = []
        if message["pty"]:
            own, its = pty.openpty()
            size = LINES.to_bytes(2, "little") + COLUMNS.to_bytes(2, "little") + bytes(4)
            fcntl.ioctl(own, termios.TIOCSWINSZ, size)
            process = await asyncio.create_subprocess_exec(
                *argv,
                env=environment,
                stdin=its,
                stdout=its,
                stderr=its,
                start_new_session=True,
                preexec_fn=partial(fcntl.ioctl, its, termios.TIOCSCTTY, 0),
            )
            os.close(its)
            streams.append(self.forward("output", number, own))
            self.running[number] = (process, own)
        else:
            process = await asyncio.create_subprocess_exec(
                *argv,
                env=environment,
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
                stderr=asyncio.subprocess.PIPE,
                start_new_session=True,
            )
            streams.append(self.relay("output", number, process.stdout))
            streams.append(self.relay("errors", number, process.stderr))
            self.running[number] = (process, None)
        self.keep(self.finish(number, process, streams))

    def keep(self, work):
        task = asyncio.create_task(work)
        self.tasks.add(task)
        task.add_done_callback(self.tasks.discard)

    async def finish(self, number, process, streams):
        await asyncio.gather(*streams)
        status = await process.wait()
        _, terminal = self.running.pop(number)
        if terminal is not None:
            os.close(terminal)
        self.tell(ended=number, status=status)

    def type(self, number, raw):
        process, terminal = self.running.get(number, (None, None))
        if process is None:
            return
        if terminal is not None:
            os.write(terminal, raw)
        elif raw:
            process.stdin.write(raw)
        else:
            process.stdin.close()

    async def relay(self, kind, number, stream):
        while raw := await stream.read(CHUNK_BYTES):
            self.tell(**{kind: number, "text": base64.b64encode(raw).decode()})

    async def forward(self, kind, number, terminal):
        while True:
            try:
                raw = await asyncio.to_thread(os.read, terminal, CHUNK_BYTES)
            except OSError:  # nobody has the other end any more
                return
            self.tell(**{kind: number, "text": base64.b64encode(raw).decode()})


async def serve(host, port):
    reader, writer = await asyncio.open_connection(host, port, limit=1 << 24)
    agent = Agent(writer)
    agent.tell(hello=sys.version.split()[0])
    while line := await reader.readline():
        try:
            await agent.obey(json.loads(line))
        except Exception as error:  # noqa: BLE001  # the host's log is the only place where it is seen
            agent.tell(trouble=repr(error), about=line.decode()[:200])


if __name__ == "__main__":
    signal.signal(signal.SIGPIPE, signal.SIG_IGN)
    words = Path("/proc/cmdline").read_text(encoding="ascii").split()
    host_port = next(word.partition("=")[2] for word in words if word.startswith("wearsync.host="))
    asyncio.run(serve(sys.argv[1], int(host_port)))
