#!/usr/bin/env python3
"""The bench's own programs, tried for a moment: a figure from a broken generator is worse than none.

usage: programs_test.py FOLDER-WITH-THE-PROGRAMS [unittest arguments]
"""
import http.client
import json
import os
import socket
import struct
import subprocess
import sys
import tempfile
import threading
import unittest

FOLDER = "."
CON, NON, ACK, RST = 0, 1, 2, 3


def coap(kind, code, mid, token=b"", rest=b""):
    return struct.pack("!BBH", 0x40 | kind << 4 | len(token), code, mid) + token + rest


class Server(threading.Thread):
    """As much of a LwM2M server as the generator needs: registers, observes /3303/0/5700, acknowledges."""

    OBSERVE = bytes([0x60, 0x54]) + b"3303" + bytes([0x01]) + b"0" + bytes([0x04]) + b"5700"

    def __init__(self):
        super().__init__(daemon=True)
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 20)
        self.socket.bind(("127.0.0.1", 0))
        self.port = self.socket.getsockname()[1]
        self.peers = {}
        self.values = []
        self.observed = set()
        self.drop = 0  # notifications that are to be lost
        self.reset = 0  # notifications that are to be answered with RST
        self.forget = False  # Updates get 4.04

    def run(self):
        while True:
            data, peer = self.socket.recvfrom(2048)
            kind, size, code = data[0] >> 4 & 3, data[0] & 15, data[1]
            mid, token, rest = data[2:4], data[4:4 + size], data[4 + size:]
            if code == 2:
                self.on_request(peer, mid, token, rest)
            elif kind == CON and code == 0x45:
                self.on_notification(peer, mid, rest)
            elif kind == ACK and code == 0x45:
                self.observed.add(peer)

    def answer(self, peer, code, mid, token=b"", rest=b"", kind=ACK):
        self.socket.sendto(bytes([0x40 | kind << 4 | len(token), code]) + mid + token + rest, peer)

    def on_request(self, peer, mid, token, rest):
        if b"ep=" not in rest:
            return self.answer(peer, 0x84 if self.forget else 0x44, mid, token)
        number = len(self.peers)
        self.peers[peer] = number
        self.answer(peer, 0x41, mid, token, b"\x82rd" + bytes([len(str(number))]) + str(number).encode())
        self.socket.sendto(coap(CON, 1, number, struct.pack("!Q", number), self.OBSERVE), peer)

    def on_notification(self, peer, mid, rest):
        if self.drop > 0:
            self.drop -= 1
            return
        if self.reset > 0:
            self.reset -= 1
            return self.answer(peer, 0, mid, kind=RST)
        self.values.append((peer, struct.unpack("!d", rest[-8:])[0]))
        self.answer(peer, 0, mid)


def run_load(port, *steps, devices=50):
    program = os.path.join(FOLDER, "isthmus-load")
    done = subprocess.run([program, "run", "--server", f"127.0.0.1:{port}", "--devices", str(devices), *steps],
                          capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    return [json.loads(line) for line in done.stdout.splitlines()]


class Generator(unittest.TestCase):
    def setUp(self):
        self.server = Server()
        self.server.start()

    def test_every_device_registers_from_an_address_of_its_own_and_is_observed(self):
        register, served, status = run_load(self.server.port, "register", "serve seconds=5 observed=50", "status")
        self.assertEqual(register["succeeded"], 50)
        self.assertEqual(served["observed"], 50)
        self.assertEqual(len(self.server.peers), 50)
        self.assertEqual(status["registered"], 50)
        self.assertEqual(status["malformed"] + status["unexpected"], 0)

    def test_notifications_carry_values_that_never_repeat_and_count_when_acknowledged(self):
        *_, notify = run_load(self.server.port, "register", "serve seconds=5 observed=50", "notify count=300 window=16")
        self.assertEqual(notify["succeeded"], 300)
        self.assertEqual(len({value for _, value in self.server.values}), 300)

    def test_a_lost_notification_is_sent_again(self):
        self.server.drop = 3
        *_, notify = run_load(self.server.port, "register", "serve seconds=5 observed=50", "notify count=60 window=8")
        self.assertEqual(notify["succeeded"], 60)
        self.assertGreaterEqual(notify["retransmissions"], 3)

    def test_updates_and_deregistrations_go_to_the_location_that_was_given(self):
        _, update, gone = run_load(self.server.port, "register", "update count=100 window=8", "deregister")
        self.assertEqual(update["succeeded"], 100)
        self.assertEqual(update["refused"], {})

    def test_a_ledger_knows_every_value_and_registers_anew_after_a_reset(self):
        self.server.drop, self.server.reset = 2, 4
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, "ledger")
            (ledger,) = run_load(self.server.port, f"ledger file={path} seconds=4 rate=100 ack_timeout=0.2", devices=20)
            with open(path, encoding="ascii") as file:
                lines = [line.split() for line in file]
        sent = {(line[2], line[4]) for line in lines if line[0] == "sent"}
        acked = {(line[2], line[4]) for line in lines if line[0] == "acked"}
        self.assertEqual(len(sent), ledger["sent"])
        self.assertEqual(ledger["sent"], ledger["acked"] + ledger["reset"] + ledger["gave_up"])
        self.assertEqual(len(acked), ledger["acked"])
        self.assertGreaterEqual(ledger["reset"], 1)
        self.assertGreaterEqual(ledger["re_registrations"], 1)
        self.assertLessEqual(len(acked), len(set(self.server.values)))
        self.assertGreater(len(acked), 50)

    def test_an_address_beyond_loopback_is_refused(self):
        done = subprocess.run([os.path.join(FOLDER, "isthmus-load"), "run", "--server", "192.0.2.1:5683", "register"],
                              capture_output=True, text=True, timeout=10, check=False)
        self.assertEqual(done.returncode, 64)
        self.assertIn("loopback", done.stderr)

    def test_an_unknown_step_or_parameter_is_refused(self):
        for step in ("dance", "notify second=3", "notify seconds=soon"):
            done = subprocess.run([os.path.join(FOLDER, "isthmus-load"), "run", "--server", "127.0.0.1:9", step],
                                  capture_output=True, text=True, timeout=10, check=False)
            self.assertEqual(done.returncode, 64, step)


class Echo(unittest.TestCase):
    def test_it_answers_notifications_registrations_and_updates(self):
        with subprocess.Popen([os.path.join(FOLDER, "isthmus-load"), "echo"], stdout=subprocess.PIPE, text=True) as echo:
            port = json.loads(echo.stdout.readline())["port"]
            register, update, _, notify = run_load(port, "register", "update count=200", "fake", "notify count=500")
            echo.terminate()
            self.assertEqual(echo.wait(timeout=5), 0)
        self.assertEqual([register["succeeded"], update["succeeded"], notify["succeeded"]], [50, 200, 500])


class Sink(unittest.TestCase):
    def test_it_answers_creations_and_retrievals_on_a_kept_connection_and_counts_them(self):
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, "trace")
            with subprocess.Popen([os.path.join(FOLDER, "bench_sink"), "--trace", path], stdout=subprocess.PIPE,
                                  text=True) as sink:
                port = json.loads(sink.stdout.readline())["port"]
                self.exchange(http.client.HTTPConnection("127.0.0.1", port, timeout=5))
                sink.terminate()
                self.assertEqual(sink.wait(timeout=5), 0)
            with open(path, encoding="ascii") as file:
                self.assertEqual(file.read().split()[0], "21.5")

    def exchange(self, connection):
        headers = {"X-M2M-RI": "r7", "Content-Type": "application/json;ty=4"}
        connection.request("POST", "/cse-in/x/3303/0/5700", '{"m2m:cin":{"rn":"a","con":"21.5"}}', headers)
        answer = connection.getresponse()
        answer.read()
        self.assertEqual([answer.status, answer.headers["X-M2M-RSC"], answer.headers["X-M2M-RI"]], [201, "2001", "r7"])
        connection.request("POST", "/cse-in", '{"m2m:ae":{"rn":"x"}}', {"Content-Type": "application/json; ty=2"})
        self.assertIn("m2m:ae", json.loads(connection.getresponse().read()))
        connection.request("GET", "/cse-in?rcn=1")
        answer = connection.getresponse()
        self.assertEqual([answer.status, answer.headers["X-M2M-RSC"]], [200, "2000"])
        self.assertIn("m2m:cb", json.loads(answer.read()))
        connection.request("GET", "/sink")
        counts = json.loads(connection.getresponse().read())
        self.assertEqual([counts["requests"], counts["instances"], counts["connections"]], [3, 1, 1])
        connection.close()


class CodecSpeed(unittest.TestCase):
    def test_mapping_speed_tells_figures_for_each_number_of_rules(self):
        done = subprocess.run([os.path.join(FOLDER, "mapping_speed"), "0.001"], capture_output=True, text=True, timeout=60, check=True)
        figures = json.loads(done.stdout)
        self.assertEqual(set(figures["ns_per_reading"]), {"1", "100", "10000"})
        for figure in [*figures["ns_per_reading"].values(), figures["ratio"], figures["load_ms"]]:
            self.assertGreater(figure, 0)

    def test_every_format_has_figures_of_both_directions(self):
        done = subprocess.run([os.path.join(FOLDER, "codec_speed"), "0.001"], capture_output=True, text=True, timeout=60,
                              check=True)
        formats = json.loads(done.stdout)
        self.assertEqual(len(formats), 10)
        for name, samples in formats.items():
            self.assertTrue(samples, name)
            for sample in samples.values():
                self.assertGreater(min(sample["bytes"], sample["records"]), 0)
                for direction in ("decode", "encode"):
                    self.assertGreater(sample[direction]["mb_s"], 0, name)
                    self.assertGreater(sample[direction]["ns_per_record"], 0, name)


if __name__ == "__main__":
    FOLDER = sys.argv.pop(1)
    unittest.main(verbosity=1)
