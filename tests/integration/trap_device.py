"""A device whose every datagram a test decides, and a CSE front that can be slow, cut connections and refuse."""
import http.client
import itertools
import json
import select
import socket
import struct
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit

from raw_device import ACK, CHANGED, CON, CONTENT, CREATED, NON, options, POST

GET, DELETED, NOT_FOUND, RST = 0x01, 0x42, 0x84, 3
LOCATION_PATH, OBSERVE, URI_PATH, CONTENT_FORMAT, URI_QUERY = 8, 6, 11, 12, 15
TEXT, SENML_JSON, LINKS = 0, 110, 40


def unsigned(value):
    return value.to_bytes((value.bit_length() + 7) // 8, "big")


class Message:
    """One CoAP message taken apart (RFC 7252 3)."""

    def __init__(self, datagram):
        self.kind, self.code = datagram[0] >> 4 & 3, datagram[1]
        self.number, length = datagram[2:4], datagram[0] & 15
        self.token, at, number = datagram[4:4 + length], 4 + length, 0
        self.options, self.payload = [], b""
        while at < len(datagram):
            if datagram[at] == 0xff:
                self.payload = datagram[at + 1:]
                break
            first, at = datagram[at], at + 1
            fields = []
            for nibble in (first >> 4, first & 15):
                if nibble == 13:
                    nibble, at = datagram[at] + 13, at + 1
                fields.append(nibble)
            number += fields[0]
            self.options.append((number, datagram[at:at + fields[1]]))
            at += fields[1]

    def all(self, number):
        return [value for option, value in self.options if option == number]

    def path(self):
        return "/" + "/".join(value.decode() for value in self.all(URI_PATH))


class TrapDevice:
    """Answers reads and observations from `values` ({path: (Content-Format, payload)}) whenever it is pumped."""

    def __init__(self, port, endpoint, objects, values, version="1.1"):
        self.server, self.endpoint, self.objects, self.values, self.version = ("127.0.0.1", port), endpoint, objects, values, version
        self.ids = itertools.count(1)
        self.observed = {}        # path -> token
        self.deaf_to = 0          # requests that get no answer, as of a device that is not listening yet
        self.answers = {}         # message id -> what came back to a message of ours
        self.before_answer = None  # called with (device, path, token) before an Observe is answered
        self.requests = []
        self.open()

    def open(self):
        """A new socket: a new address."""
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.connect(self.server)

    def pump(self, patience=0.0):
        """Answers what the server asks now."""
        while select.select([self.socket], [], [], patience)[0]:
            message = Message(self.socket.recv(65536))
            if message.kind in (ACK, RST):
                self.answers[message.number] = message
            elif 1 <= message.code < 32:
                self.answer(message)

    def answer(self, request):
        path = request.path()
        self.requests.append((request.code, path))
        if self.deaf_to > 0:
            self.deaf_to -= 1
            return
        code, pairs, payload = CHANGED, [], b""
        if request.code == GET and path in self.values:
            content_format, payload = self.values[path]
            code, pairs = CONTENT, [(CONTENT_FORMAT, unsigned(content_format))]
            if request.all(OBSERVE) == [b""]:
                self.observed[path] = request.token
                pairs.append((OBSERVE, b"\x01"))
                if self.before_answer:
                    self.before_answer(self, path, request.token)
        elif request.code == GET:
            code = NOT_FOUND
        self.send(ACK, code, request.number, request.token, pairs, payload)

    def send(self, kind, code, number, token, pairs, payload=b""):
        head = bytes([0x40 | kind << 4 | len(token), code]) + number + token
        self.socket.send(head + options(pairs) + (b"\xff" + payload if payload else b""))

    def ask(self, code, pairs, payload=b"", kind=CON, token=None, patience=10):
        """Sends a message of ours; its acknowledgement, or nothing within the patience."""
        number = struct.pack("!H", next(self.ids))
        self.send(kind, code, number, number if token is None else token, pairs, payload)
        deadline = time.monotonic() + patience
        while kind == CON and number not in self.answers and time.monotonic() < deadline:
            self.pump(0.02)
        return self.answers.get(number)

    def register(self, lifetime=300):
        query = [f"ep={self.endpoint}", f"lt={lifetime}", f"lwm2m={self.version}", "b=U"]
        answer = self.ask(POST, [(URI_PATH, b"rd"), (CONTENT_FORMAT, b"\x28")] + [(URI_QUERY, part.encode()) for part in query], self.objects.encode())
        assert answer and answer.code == CREATED, answer and hex(answer.code)
        self.location = answer.all(LOCATION_PATH)

    def update(self):
        return self.ask(POST, [(URI_PATH, part) for part in self.location]).code

    def deregister(self):
        return self.ask(0x04, [(URI_PATH, part) for part in self.location]).code

    def notify(self, path, payload, content_format=TEXT, kind=CON, token=None, patience=10):
        pairs = [(OBSERVE, unsigned(next(self.ids) + 10)), (CONTENT_FORMAT, unsigned(content_format))]
        return self.ask(CONTENT, pairs, payload, kind, self.observed[path] if token is None else token, patience)

    def send_values(self, payload):
        return self.ask(POST, [(URI_PATH, b"dp"), (CONTENT_FORMAT, unsigned(SENML_JSON))], payload).code

    def close(self):
        self.socket.close()


class Front:
    """Stands before a CSE and hands requests on. `fault(method, path, body)` says what is done instead:
    None, ("status", 400: with responseStatusCode 4000), ("slow", seconds), or ("cut",): done by the CSE, and the answer never arrives."""

    def __init__(self, cse_url):
        self.target, self.fault = urlsplit(cse_url).netloc, lambda *_: None
        front = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do(self):
                front.handle(self)

            do_GET = do_POST = do_PUT = do_DELETE = do

            def log_message(self, *_):
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def handle(self, handler):
        body = handler.rfile.read(int(handler.headers.get("Content-Length", 0)))
        fault = self.fault(handler.command, handler.path, body) or ("none",)
        if fault[0] == "status":
            return self.reply(handler, fault[1], {"Content-Type": "application/json", "X-M2M-RSC": str(fault[1] * 10)}, json.dumps({"m2m:dbg": "refused by the test"}).encode())
        if fault[0] == "slow":
            time.sleep(fault[1])
        onward = http.client.HTTPConnection(self.target, timeout=30)
        onward.request(handler.command, handler.path, body or None, dict(handler.headers.items()))
        answer = onward.getresponse()
        content = answer.read()
        onward.close()
        if fault[0] == "cut":
            handler.close_connection = True
            handler.connection.shutdown(socket.SHUT_RDWR)
            return None
        kept = {name: value for name, value in answer.headers.items() if name.lower() not in ("content-length", "connection", "transfer-encoding")}
        return self.reply(handler, answer.status, kept, content)

    @staticmethod
    def reply(handler, status, headers, content):
        handler.send_response_only(status)
        for name, value in headers.items():
            handler.send_header(name, value)
        handler.send_header("Content-Length", str(len(content)))
        handler.end_headers()
        handler.wfile.write(content)

    def stop(self):
        self.server.shutdown()
        self.server.server_close()
