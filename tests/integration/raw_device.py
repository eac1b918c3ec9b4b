"""A device of a few lines on a UDP socket, for what no well-behaved client does: to be silent, slow, or to sleep."""
import itertools
import socket
import struct

CON, NON, ACK = 0, 1, 2
POST, CREATED, CONTENT, CHANGED = 0x02, 0x41, 0x45, 0x44


def options(pairs):
    """CoAP options (RFC 7252 3.1) as bytes."""
    out, last = b"", 0
    for number, value in sorted(pairs, key=lambda pair: pair[0]):
        def nibble(n):
            return (n, b"") if n < 13 else (13, bytes([n - 13]))
        (delta, more_delta), (length, more_length) = nibble(number - last), nibble(len(value))
        out += bytes([delta << 4 | length]) + more_delta + more_length + value
        last = number
    return out


class RawDevice:
    def __init__(self, port, endpoint, binding="U", objects="</1/0>,</3/0>"):
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.settimeout(30)
        self.socket.connect(("127.0.0.1", port))
        self.ids = itertools.count(1)
        queries = [f"ep={endpoint}", "lt=300", "lwm2m=1.1", f"b={binding}"] if "Q" not in binding else [
            f"ep={endpoint}", "lt=300", "lwm2m=1.1", f"b={binding.replace('Q', '')}", "Q"]
        code, received = self.ask(POST, [(11, b"rd"), (12, b"\x28")] + [(15, query.encode()) for query in queries], objects.encode())
        assert code == CREATED, hex(code)
        self.location = received

    def ask(self, code, pairs, payload=b""):
        """Sends a request of our own; its answer's code and its Location-Path."""
        number = next(self.ids)
        token = struct.pack("!H", number)
        self.socket.send(bytes([0x40 | len(token), code]) + struct.pack("!H", number) + token + options(pairs) + (b"\xff" + payload if payload else b""))
        while True:
            datagram = self.socket.recv(2000)
            if datagram[0] >> 4 & 3 == ACK and datagram[2:4] == struct.pack("!H", number):
                return datagram[1], datagram

    def next_request(self):
        """The next request of the server: (code, message id, token)."""
        while True:
            datagram = self.socket.recv(2000)
            if datagram[0] >> 4 & 3 == CON and 1 <= datagram[1] < 32:
                return datagram[1], datagram[2:4], datagram[4:4 + (datagram[0] & 15)]

    def answer(self, request, code, payload=b"", content_format=None, observe=None):
        _, number, token = request
        pairs = [(option, value.to_bytes((value.bit_length() + 7) // 8, "big")) for option, value in ((6, observe), (12, content_format)) if value is not None]
        self.socket.send(bytes([0x60 | len(token), code]) + number + token + options(pairs) + (b"\xff" + payload if payload else b""))

    def close(self):
        self.socket.close()
