#!/usr/bin/env python3
"""DTLS with pre-shared keys, against independent clients: OpenSSL's s_client, gnutls-cli and libcoap's coap-client.

usage: dtls_test.py [TEST ...]
The names that Leshan's PskTest has for the same are kept."""
import json
import shutil
import socket
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request

from dtls_device import POST, Device, code_of, location_of, message
from harness import BUILD, Folder, Isthmus, Program, free_port, get_json, wait_for
from leshan import Leshan
from registry import NotAvailable

PROGRAM = BUILD / "isthmus"
# The last for libcoap's coap-client, which takes its key as text.
KEYS = {"dev-1": ("id-1", "000102030405060708090a0b0c0d0e0f"), "dev-4": ("id-4", b"secretkey".hex()), "dev-2": ("id-2", "f0f1f2f3f4f5f6f7f8f9fafbfcfdfeff")}
WRONG = "ff" * 16


class Bench:
    """A running instance with the keys above; the CSE is away, which concerns no device."""

    def __init__(self, folder):
        self.folder = folder
        self.port = free_port(socket.SOCK_DGRAM)
        self.settings = [f"lwm2m.coaps=coaps://127.0.0.1:{self.port}"]
        for endpoint, (identity, key) in KEYS.items():
            done = self.psk("add", "--endpoint", endpoint, "--identity", identity, "--key", key)
            assert done.returncode == 0, done
        self.isthmus = Isthmus(folder, f"http://127.0.0.1:{free_port()}", settings=self.settings)
        self.devices = []

    def psk(self, *words, typed=None):
        return subprocess.run([PROGRAM, "psk", *words, "--set", f"db.path={self.folder}/isthmus.db"], input=typed, capture_output=True,
                              text=True, timeout=30)

    def device(self, endpoint="dev-1", identity=None, key=None, options=(), port=None):
        own_identity, own_key = KEYS[endpoint]
        device = Device(port or self.port, identity or own_identity, key or own_key, self.folder / "device.log", options).start()
        self.devices.append(device)
        return device

    def registered(self, endpoint="dev-1"):
        device = self.device(endpoint)
        answer = device.register(endpoint)
        assert answer and code_of(answer) == "2.01", answer
        return device, location_of(answer)

    def view(self, endpoint):
        return get_json(f"{self.isthmus.url}/api/v1/devices/{endpoint}")

    def counter(self, name):
        return self.isthmus.status()["counters"][f"dtls_{name}_total"]

    def end_devices(self):
        for device in self.devices:
            device.kill()

    def end(self):
        assert self.isthmus.stop() == 0


def registered_device_with_psk_to_server_with_psk(bench):
    device, _ = bench.registered()
    view = bench.view("dev-1")
    assert view["state"] == "registered" and view["address"].startswith("coaps://127.0.0.1:"), view
    assert device.ended(0) is False


def registered_device_with_psk_to_server_with_psk_without_endpointname(bench):
    answer = bench.device().register(None)
    assert answer and code_of(answer) == "2.01", answer
    assert bench.view("dev-1")["state"] == "registered"


def register_update_deregister_reregister_device_with_psk_to_server_with_psk(bench):
    device, location = bench.registered()
    assert code_of(device.update(location)) == "2.04"
    assert code_of(device.deregister(location)) == "2.02"
    assert bench.view("dev-1")["state"] == "deregistered"
    assert code_of(device.register("dev-1")) == "2.01"
    assert bench.view("dev-1")["state"] == "registered"


def register_update_reregister_device_with_psk_to_server_with_psk(bench):
    device, location = bench.registered()
    assert code_of(device.update(location)) == "2.04"
    device.kill()
    bench.registered()
    assert bench.view("dev-1")["state"] == "registered"


def registered_device_with_bad_psk_identity_to_server_with_psk(bench):
    device = bench.device(identity="nobody")
    assert device.register("dev-1") is None and device.ended()
    assert bench.isthmus.status()["devices"]["registered"] == 0
    assert bench.counter("unknown_identity") == 1
    wait_for(lambda: 'names the identity "nobody"' in bench.isthmus.program.tail(), 5, "the log says which identity")


def registered_device_with_bad_psk_key_to_server_with_psk(bench):
    device = bench.device(key=WRONG)
    assert device.register("dev-1", patience=2) is None
    assert bench.isthmus.status()["devices"]["registered"] == 0
    wait_for(lambda: bench.counter("wrong_key") == 1, 30, "the handshake is given up and counted")
    wait_for(lambda: 'as "id-1": most likely its key' in bench.isthmus.program.tail(), 5, "the log says whose key")


def registered_device_with_psk_and_bad_endpoint_to_server_with_psk(bench):
    for endpoint in ("dev-2", "another"):
        answer = bench.device().register(endpoint)
        assert answer and code_of(answer) == "4.03", (endpoint, answer)
    assert bench.isthmus.status()["devices"]["registered"] == 0


def registered_device_with_psk_identity_to_server_with_psk_then_remove_security_info(bench):
    device, location = bench.registered()
    request = urllib.request.Request(f"{bench.isthmus.url}/api/v1/credentials/dev-1", method="DELETE")
    with urllib.request.urlopen(request, timeout=10) as answer:
        assert answer.status == 204
    assert device.ended(), "the server says goodbye"
    again = bench.device()
    assert again.update(location) is None and again.ended()
    assert bench.counter("unknown_identity") == 1


def an_endpoint_with_a_key_cannot_register_without_security(bench):
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as plain:
        plain.settimeout(5)
        plain.connect(("127.0.0.1", bench.isthmus.coap_port))
        def ask(endpoint):
            plain.send(message(POST, 1 if endpoint == "dev-1" else 2, ["rd"], [f"ep={endpoint}", "lt=60", "lwm2m=1.1"], b"</3/0>"))
            return code_of(plain.recv(2000))

        assert ask("dev-1") == "4.03"
        assert ask("free") == "2.01"


def another_device_cannot_touch_a_registration(bench):
    _, location = bench.registered("dev-1")
    other, _ = bench.registered("dev-2")
    assert code_of(other.update(location)) == "4.00"
    assert code_of(other.deregister(location)) == "4.00"
    assert bench.view("dev-1")["state"] == "registered"


def a_device_that_moved_comes_with_a_new_handshake(bench):
    device, location = bench.registered()
    before = bench.view("dev-1")["address"]
    moved = bench.device()
    assert code_of(moved.update(location)) == "2.04"
    assert bench.view("dev-1")["address"] != before
    assert device.ended(1) is False and device.update(location, patience=1) is None, "its old session is gone"
    assert bench.isthmus.status()["counters"]["dtls_sessions"] == 1


class SamePort:
    """A relay: whoever speaks to it, the server sees one port."""

    def __init__(self, server_port):
        self.inside = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.inside.bind(("127.0.0.1", 0))
        self.outside = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.outside.connect(("127.0.0.1", server_port))
        self.port = self.inside.getsockname()[1]
        self.latest = None
        for pump in (self.out, self.back):
            threading.Thread(target=pump, daemon=True).start()

    def out(self):
        while True:
            datagram, self.latest = self.inside.recvfrom(4000)
            self.outside.send(datagram)

    def back(self):
        while True:
            datagram = self.outside.recv(4000)
            if self.latest:
                self.inside.sendto(datagram, self.latest)


def a_device_that_rebooted_gets_in_from_the_same_port(bench):
    relay = SamePort(bench.port)
    device = bench.device(port=relay.port)
    location = location_of(device.register("dev-1"))
    device.kill()  # without a goodbye
    again = bench.device(port=relay.port)
    assert code_of(again.update(location)) == "2.04"
    assert bench.counter("replaced") == 1
    assert bench.isthmus.status()["counters"]["dtls_sessions"] == 1


def after_a_restart_a_device_resumes_its_session(bench):
    session = bench.folder / "session.pem"
    device = bench.device(options=["-sess_out", str(session)])
    location = location_of(device.register("dev-1"))
    wait_for(session.exists, 5, "the client has kept its session")
    bench.isthmus.stop()
    bench.isthmus.start()
    assert device.update(location, patience=2) is None, "its session is gone, and nothing is said to it"
    device.kill()
    again = bench.device(options=["-sess_in", str(session)])
    assert code_of(again.update(location)) == "2.04"
    assert bench.counter("resumed") == 1 and bench.counter("handshakes") == 1


def every_client_that_is_at_hand_gets_in(bench):
    identity, key = KEYS["dev-1"]
    ran = []
    if shutil.which("coap-client-openssl"):
        done = subprocess.run(["coap-client-openssl", "-B", "10", "-u", "id-4", "-k", "secretkey", "-m", "post", "-t", "40", "-e", "</3/0>",
                               f"coaps://127.0.0.1:{bench.port}/rd?ep=dev-4&lwm2m=1.1"], capture_output=True, text=True, timeout=30)
        assert bench.view("dev-4")["state"] == "registered", done
        ran.append("coap-client")
    if shutil.which("gnutls-cli"):
        before = bench.counter("handshakes")
        gnutls = Program(["gnutls-cli", "--udp", "--pskusername", identity, "--pskkey", key, "--priority", "NORMAL:-KX-ALL:+PSK:-VERS-ALL:+VERS-DTLS1.2",
                          "-p", str(bench.port), "127.0.0.1"], bench.folder / "gnutls.log", stdin=subprocess.PIPE)
        wait_for(lambda: bench.counter("handshakes") == before + 1, 10, "gnutls-cli has a session")
        gnutls.stop()
        ran.append("gnutls-cli")
    assert ran, "neither coap-client-openssl (libcoap3-bin) nor gnutls-cli (gnutls-bin) is installed"


def simulated_devices_register_and_report(bench):
    bench.isthmus.stop()
    key = "ab" * 16
    for number in range(3):
        assert bench.psk("add", "--endpoint", f"sim-{number}", "--identity", f"{number}-of-3", "--key", key).returncode == 0
    bench.isthmus.start()
    words = [PROGRAM, "sim", "--server", f"coaps://127.0.0.1:{bench.port}", "--devices", "3", "--rate", "30", "--duration", "4"]
    done = subprocess.run([*words, "--psk-identity", "{n}-of-3", "--psk-key", key], capture_output=True, text=True, timeout=60)
    counted = json.loads(done.stdout)
    assert counted["registrations"] == 3 and counted["notifications"] > 20 and counted["failed"] == 0, done
    assert bench.counter("handshakes") == 3
    assert bench.isthmus.accounting()["received"] > 0
    wrong = subprocess.run([*words, "--psk-identity", "{n}-of-4", "--psk-key", key], capture_output=True, text=True, timeout=60)
    assert "no DTLS session" in wrong.stderr, wrong
    assert subprocess.run(words, capture_output=True, text=True, timeout=60).returncode == 64


def a_leshan_client_with_a_key_registers_and_reports(bench):
    identity, key = KEYS["dev-1"]
    client = Leshan(bench.folder / "client", f"coaps://127.0.0.1:{bench.port}", "dev-1", lifetime=60, options=["-i", identity, "-p", key]).start()
    client.wait_for("registered", 90)
    wait_for(lambda: [one for one in bench.view("dev-1")["values"] if one["path"] == "/3303/0/5700"], 30, "it is observed, and reports")
    assert bench.view("dev-1")["address"].startswith("coaps://")
    client.stop()
    wait_for(lambda: bench.view("dev-1")["state"] == "deregistered", 10, "it says that it goes")


def hellos_without_a_cookie_leave_nothing(bench):
    hello = bytes.fromhex("16feff0000000000000000003a010000 2e000000000000002e".replace(" ", "")) + b"\xfe\xfd" + bytes(32) + b"\0\0" + bytes.fromhex("0002c0a80100") + bytes(4)
    before = bench.isthmus.status()["counters"]["dtls_cookies_total"]
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as forger:
        forger.connect(("127.0.0.1", bench.port))
        for _ in range(1000):
            forger.send(hello)
        wait_for(lambda: bench.isthmus.status()["counters"]["dtls_cookies_total"] >= before + 900, 10, "each is answered with a cookie")
    counters = bench.isthmus.status()["counters"]
    assert counters["dtls_sessions"] == 0 and counters["dtls_half_open"] == 0, counters


def keys_are_given_and_taken_with_psk(bench):
    listed = get_json(f"{bench.isthmus.url}/api/v1/credentials")["credentials"]
    assert [(one["endpoint"], one["identity"]) for one in listed] == [("dev-1", "id-1"), ("dev-2", "id-2"), ("dev-4", "id-4")], listed
    assert "key" not in listed[0], listed
    running = bench.psk("ls")
    assert running.returncode == 69 and "an instance runs" in running.stderr, running
    bench.isthmus.stop()
    table = bench.psk("ls")
    assert table.returncode == 0 and "dev-2" in table.stdout and KEYS["dev-2"][1] not in table.stdout, table
    taken = bench.psk("add", "--endpoint", "dev-9", "--identity", "id-1", "--key", WRONG)
    assert taken.returncode == 1 and "another endpoint" in taken.stderr, taken
    second = bench.psk("add", "--endpoint", "dev-1", "--identity", "id-1b", "--key", WRONG)
    assert second.returncode == 1 and "--also" in second.stderr, second
    assert bench.psk("add", "--endpoint", "dev-1", "--identity", "id-1b", "--key", WRONG, "--also").returncode == 0
    assert bench.psk("add", "--endpoint", "dev-1", "--identity", "id-1", "--key", "xyz").returncode == 64
    assert bench.psk("add", "--endpoint", "dev-2", "--identity", "id-2", "--key", "-", typed="00ff\n").returncode == 0
    assert bench.psk("rm", "--endpoint", "dev-2").returncode == 0
    assert bench.psk("rm", "--endpoint", "dev-2").returncode == 1
    bench.isthmus.start()
    answer = bench.device(identity="id-1b", key=WRONG).register("dev-1")
    assert answer and code_of(answer) == "2.01", answer
    key_file = bench.folder / "isthmus.db.key"
    assert key_file.stat().st_mode & 0o777 == 0o600
    for file in bench.folder.glob("isthmus.db*"):
        content = file.read_bytes()
        assert bytes.fromhex(KEYS["dev-1"][1]) not in content and KEYS["dev-1"][1].encode() not in content, file


def put(bench, endpoint, body):
    request = urllib.request.Request(f"{bench.isthmus.url}/api/v1/credentials/{endpoint}", data=body.encode(), method="PUT",
                                     headers={"Content-Type": "application/json"})
    try:
        with urllib.request.urlopen(request, timeout=10) as answer:
            return answer.status
    except urllib.error.HTTPError as error:
        return error.code


def keys_are_given_over_the_rest_api(bench):
    assert put(bench, "dev-3", '{"identity":"id-3","key":"' + "33" * 16 + '"}') == 204
    assert code_of(Device(bench.port, "id-3", "33" * 16, bench.folder / "device.log").start().register("dev-3")) == "2.01"
    assert put(bench, "dev-3", '{"identity":"id-1","key":"' + WRONG + '"}') == 409
    assert put(bench, "dev-3", '{"identity":"id-3"}') == 400
    device, _ = bench.registered()
    assert put(bench, "dev-1", '{"identity":"id-1","key":"' + WRONG + '"}') == 204
    assert device.ended(), "a session of the former key ends"
    assert code_of(bench.device(key=WRONG).register("dev-1")) == "2.01"


TESTS = [registered_device_with_psk_to_server_with_psk, registered_device_with_psk_to_server_with_psk_without_endpointname,
         register_update_deregister_reregister_device_with_psk_to_server_with_psk, register_update_reregister_device_with_psk_to_server_with_psk,
         registered_device_with_bad_psk_identity_to_server_with_psk, registered_device_with_bad_psk_key_to_server_with_psk,
         registered_device_with_psk_and_bad_endpoint_to_server_with_psk,
         registered_device_with_psk_identity_to_server_with_psk_then_remove_security_info,
         an_endpoint_with_a_key_cannot_register_without_security, another_device_cannot_touch_a_registration,
         a_device_that_moved_comes_with_a_new_handshake, a_device_that_rebooted_gets_in_from_the_same_port,
         after_a_restart_a_device_resumes_its_session, every_client_that_is_at_hand_gets_in, hellos_without_a_cookie_leave_nothing,
         simulated_devices_register_and_report, keys_are_given_and_taken_with_psk, keys_are_given_over_the_rest_api]
APART = [a_leshan_client_with_a_key_registers_and_reports]  # need more than Debian's packages: only by name


def main():
    wanted = sys.argv[1:]
    chosen = [test for test in TESTS + APART if test.__name__ in wanted] if wanted else TESTS
    for test in chosen:
        with Folder("dtls") as folder:
            bench = Bench(folder)
            started = time.monotonic()
            try:
                test(bench)
            except NotAvailable as missing:
                print(f"skipped {test.__name__}: {missing}")
                sys.exit(77)
            finally:
                bench.end_devices()
            bench.end()
            print(f"ok {test.__name__} ({time.monotonic() - started:.1f} s)", flush=True)


if __name__ == "__main__":
    main()
