"""Starts the built programs on free loopback ports and asks them things. Python's standard library only."""
import atexit
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
BUILD = Path(os.environ.get("ISTHMUS_BUILD", ROOT / "build"))


def free_port(kind=socket.SOCK_STREAM):
    with socket.socket(socket.AF_INET, kind) as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def wait_for(condition, seconds, what):
    """Returns the condition's first true value; fails loudly when the time is over."""
    deadline = time.monotonic() + seconds
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > deadline:
            raise AssertionError(f"not within {seconds} s: {what}")
        time.sleep(0.05)


def get_json(url, headers=None, timeout=10):
    with urllib.request.urlopen(urllib.request.Request(url, headers=headers or {}), timeout=timeout) as answer:
        return json.load(answer)


def answers(url, headers=None):
    try:
        return get_json(url, headers, timeout=2) or True
    except (OSError, ValueError, urllib.error.URLError):
        return None


STARTED = []


@atexit.register
def end_what_is_left():
    for process in STARTED:
        if process.poll() is None:
            process.kill()


class Program:
    """A program of ours (or anybody's) that runs until it is stopped; its output goes to a file."""

    def __init__(self, command, log, **popen):
        self.log = Path(log)
        with open(self.log, "ab") as out:
            self.process = subprocess.Popen([str(word) for word in command], stdout=out, stderr=subprocess.STDOUT, **popen)
        STARTED.append(self.process)

    def kill(self):
        self.process.kill()
        self.process.wait()

    def stop(self, patience=15):
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            try:
                self.process.wait(patience)
            except subprocess.TimeoutExpired:
                self.kill()
                raise AssertionError(f"did not end within {patience} s: {self.process.args}") from None
        return self.process.returncode

    def tail(self, lines=30):
        return "\n".join(self.log.read_text(errors="replace").splitlines()[-lines:])


class TryOutCse:
    ADMIN = {"X-M2M-Origin": "CAdmin", "X-M2M-RI": "test", "X-M2M-RVI": "3", "Accept": "application/json"}

    def __init__(self, folder):
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.program = Program([BUILD / "isthmus", "cse", "--listen", f"127.0.0.1:{self.port}"], Path(folder) / "cse.log")
        wait_for(lambda: answers(f"{self.url}/cse-in", self.ADMIN), 10, "the try-out CSE answers")

    def get(self, path):
        try:
            return get_json(f"{self.url}/{path}", self.ADMIN)
        except urllib.error.HTTPError as error:
            if error.code == 404:
                return None
            raise

    def instances(self, container):
        """Names and contents of a container's contentInstances."""
        answer = self.get(f"cse-in/{container}?rcn=4")
        found = (answer or {}).get("m2m:cnt", {}).get("m2m:cin", [])
        return [(one["rn"], one["con"]) for one in found]


class Isthmus:
    def __init__(self, folder, cse_url, coap_port=None, settings=()):
        self.folder = Path(folder)
        self.coap_port = coap_port or free_port(socket.SOCK_DGRAM)
        self.status_port = free_port()
        self.url = f"http://127.0.0.1:{self.status_port}"
        self.settings = [f"lwm2m.coap=coap://127.0.0.1:{self.coap_port}", f"onem2m.cse={cse_url}", f"db.path={self.folder}/isthmus.db",
                         f"status.listen=127.0.0.1:{self.status_port}", "onem2m.readers=all", *settings]
        self.program = None
        self.start()

    def start(self):
        flags = [word for setting in self.settings for word in ("--set", setting)]
        self.program = Program([BUILD / "isthmus", "run", *flags], self.folder / "isthmus.log")

        def ready():
            if self.program.process.poll() is not None:
                raise AssertionError(f"isthmus ended at its start:\n{self.program.tail()}")
            return answers(f"{self.url}/api/v1/status")

        wait_for(ready, 20, "isthmus answers")

    def status(self):
        return get_json(f"{self.url}/api/v1/status")

    def accounting(self):
        return get_json(f"{self.url}/api/v1/accounting")

    def kill(self):
        self.program.kill()

    def stop(self):
        return self.program.stop()


def balanced(account):
    fates = ("delivered", "pending", "filtered", "unmapped", "decode_error", "rejected", "expired")
    return account["received"] == sum(account[fate] for fate in fates)


class Folder:
    """A temporary folder that stays when the test fails, so that the logs can be read."""

    def __init__(self, name):
        self.path = Path(tempfile.mkdtemp(prefix=f"isthmus-{name}-"))

    def __enter__(self):
        return self.path

    def __exit__(self, kind, *_):
        if kind is None:
            shutil.rmtree(self.path, ignore_errors=True)
        else:
            print(f"logs are kept in {self.path}", file=sys.stderr)
            for log in sorted(self.path.glob("*.log")):
                print(f"--- {log.name}\n" + "\n".join(log.read_text(errors="replace").splitlines()[-25:]), file=sys.stderr)


class NotAvailable(Exception):
    """Something from outside cannot be had here; the text says what and why. Such a test has not run."""


def run_tests(tests):
    """Those named on the command line, or all of {name: test}; each has a folder of its own."""
    for name in sys.argv[1:] or tests:
        began = time.monotonic()
        print(f"== {name}", flush=True)
        try:
            with Folder(name) as folder:
                tests[name](folder)
        except NotAvailable as reason:
            print(f"NOT RUN {name}: {reason}")
            sys.exit(77)
        print(f"passed {name} in {time.monotonic() - began:.0f} s", flush=True)
