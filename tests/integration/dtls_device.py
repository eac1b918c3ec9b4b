"""A LwM2M device over DTLS that is OpenSSL's own client with a few CoAP messages put in by hand: nothing of ours but the bytes."""
import os
import select
import struct
import subprocess
import time

POST, DELETE = 2, 4
TOKEN = b"tk"


def option(delta, value):
    """RFC 7252 3.1, for what is needed here."""
    assert delta < 13 and len(value) < 269
    if len(value) < 13:
        return bytes([delta << 4 | len(value)]) + value
    return bytes([delta << 4 | 13, len(value) - 13]) + value


def message(code, message_id, path, query=(), payload=b""):
    out = struct.pack("!BBH", 0x40 | len(TOKEN), code, message_id) + TOKEN
    last = 0
    for number, value in [(11, part.encode()) for part in path] + ([(12, b"\x28")] if payload else []) + [(15, part.encode()) for part in query]:
        out += option(number - last, value)
        last = number
    return out + (b"\xff" + payload if payload else b"")


def code_of(answer):
    return f"{answer[1] >> 5}.{answer[1] & 31:02}"


def location_of(answer):
    """The Location-Path of an answer to Register."""
    at, number, path = 4 + (answer[0] & 15), 0, []
    while at < len(answer) and answer[at] != 0xFF:
        delta, length = answer[at] >> 4, answer[at] & 15
        assert delta < 13 and length < 13
        number += delta
        if number == 8:
            path.append(answer[at + 1:at + 1 + length].decode())
        at += 1 + length
    return path


class Device:
    """`openssl s_client` towards a port. start() tells whether a session came about."""

    def __init__(self, port, identity, key, log, options=()):
        self.words = ["openssl", "s_client", "-dtls1_2", "-quiet", "-connect", f"127.0.0.1:{port}", "-psk_identity", identity, "-psk", key,
                      "-cipher", "PSK-AES128-CCM8:@SECLEVEL=0", *options]
        self.log = log
        self.process = None
        self.message_id = int.from_bytes(os.urandom(2), "big")

    def start(self):
        self.process = subprocess.Popen(self.words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=open(self.log, "ab"))
        return self

    def kill(self):
        if self.process is not None:
            self.process.kill()
            self.process.wait()

    def ask(self, code, path, query=(), payload=b"", patience=10):
        """The server's answer; None: none came, or the session is over."""
        self.message_id = (self.message_id + 1) & 0xFFFF
        wanted = struct.pack("!H", self.message_id)
        try:
            self.process.stdin.write(message(code, self.message_id, path, query, payload))
            self.process.stdin.flush()
        except BrokenPipeError:
            return None
        deadline = time.monotonic() + patience
        while time.monotonic() < deadline:
            ready, _, _ = select.select([self.process.stdout], [], [], max(0, deadline - time.monotonic()))
            if not ready:
                return None
            answer = os.read(self.process.stdout.fileno(), 2000)
            if not answer:
                return None
            if answer[2:4] == wanted:
                return answer
        return None

    def register(self, endpoint, lifetime=60, patience=10):
        query = ([f"ep={endpoint}"] if endpoint else []) + [f"lt={lifetime}", "lwm2m=1.1", "b=U"]
        return self.ask(POST, ["rd"], query, b"</1/0>", patience)  # which is observed by no rule: the server asks nothing

    def update(self, location, patience=10):
        return self.ask(POST, location, patience=patience)

    def deregister(self, location):
        return self.ask(DELETE, location)

    def ended(self, patience=10):
        """True once the session is over for the client."""
        try:
            self.process.wait(patience)
        except subprocess.TimeoutExpired:
            return False
        return True
