#!/usr/bin/env python3
"""Every operation on a real LwM2M client (Eclipse Leshan) over the REST routes: what the client has is what is answered, and the
other way round.

usage: leshan_rest.py [TEST ...]
Exit status 77 with the reason when Maven Central cannot be reached: then the suite has not run."""
import base64
import json
import re
import socket
import subprocess
import time
import urllib.error
import urllib.parse
import urllib.request
from datetime import datetime, timezone

from harness import balanced, BUILD, free_port, Isthmus, run_tests, TryOutCse, wait_for
from leshan import Leshan

ENDPOINT = "urn:dev:os:leshan-1"
# Of the test object: a single resource of each type, and what Leshan's client starts with.
STRING, INTEGER, FLOAT, BOOLEAN, OPAQUE, LINK, INTEGERS = 110, 120, 130, 140, 150, 170, 1120
RESET, CLEAR, TAKE_ARGUMENTS, ARGUMENTS = 0, 2, 3, 4
AWAKE_SECONDS = 93  # MAX_TRANSMIT_WAIT, RFC 7252 4.8.2


class Answer:
    def __init__(self, status, headers, text):
        self.status, self.headers = status, headers
        self.json = json.loads(text) if text else None

    def __repr__(self):
        return f"{self.status} {self.json}"


class Setup:
    def __init__(self, folder, options=(), key=None, lifetime=300):
        self.cse = TryOutCse(folder)
        port = free_port(socket.SOCK_DGRAM)
        if key:
            subprocess.run([BUILD / "isthmus", "psk", "add", "--set", f"db.path={folder}/isthmus.db", "--endpoint", ENDPOINT, "--identity", key[0],
                            "--key", key[1]], check=True, stdout=subprocess.DEVNULL)
            options = ["-i", key[0], "-p", key[1], *options]
        self.isthmus = Isthmus(folder, self.cse.url, settings=[f"lwm2m.coaps=coaps://127.0.0.1:{port}"] if key else [])
        server = f"coaps://127.0.0.1:{port}" if key else f"coap://127.0.0.1:{self.isthmus.coap_port}"
        self.client = Leshan(folder / "client", server, ENDPOINT, lifetime=lifetime, options=options, flavour="library").start()
        self.client.wait_for("registered", 90)
        self.name = wait_for(self._name, 30, "the device is known")
        wait_for(lambda: self.la("online") == "true registered", 30, "the CSE says that the device is online")

    def _name(self):
        found = self.ask("GET", f"/devices/{urllib.parse.quote(ENDPOINT)}")
        return found.status == 200 and found.json["name"]

    def silence(self):
        """Seconds since the device was heard."""
        return (datetime.now(timezone.utc) - datetime.fromisoformat(self.device("GET", "").json["last_seen"].replace("Z", "+00:00"))).total_seconds()

    def ask(self, method, path, body=None, **query):
        url = f"{self.isthmus.url}/api/v1{path}"
        url += "?" + urllib.parse.urlencode(query) if query else ""
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(url, data=data, method=method, headers={"Content-Type": "application/json"} if data else {})
        try:
            with urllib.request.urlopen(request, timeout=60) as answer:
                return Answer(answer.status, answer.headers, answer.read())
        except urllib.error.HTTPError as error:
            return Answer(error.code, error.headers, error.read())

    def device(self, method, path, body=None, **query):
        return self.ask(method, f"/devices/{urllib.parse.quote(ENDPOINT)}{path}", body, **query)

    def read(self, path, **query):
        answer = self.device("GET", path, **query)
        assert answer.status == 200 and answer.json["path"] == path, (path, answer)
        return answer.json["value"]

    def does(self, method, path, body=None, **query):
        answer = self.device(method, path, body, **query)
        assert answer.status in (200, 201, 204), (method, path, answer)
        return answer

    def refuses(self, status, code, method, path, body=None, **query):
        answer = self.device(method, path, body, **query)
        assert answer.status == status, (method, path, answer)
        assert answer.json.get("code", "") == code and answer.json["detail"], (method, path, answer)

    def told(self, command, pattern, seconds=20):
        """What the client prints after a command."""
        before = len(self.client.output())
        self.client.command(command)
        return wait_for(lambda: re.search(pattern, self.client.output()[before:]), seconds, f"the client answers {command}")

    def has(self, path):
        """The client's own text of a resource."""
        line = self.told(f"get {path}", rf"value {path} (.*)").group(1)
        single = re.search(r"value=(.*?), type=", line)
        return single.group(1) if single else line

    def sets(self, path, value):
        self.told(f"set {path} {value}", rf"(?m)^set {path} {re.escape(str(value))}")

    def la(self, container):
        found = self.cse.get(f"cse-in/{self.name}/{container}/la")
        return found and found["m2m:cin"]["con"]

    def instances(self, container):
        return [content for _, content in self.cse.instances(f"{self.name}/{container}")]

    def arrives(self, container, value):
        wait_for(lambda: self.la(container) == value, 30, f"{value} in {container}")

    def end(self):
        wait_for(lambda: self.isthmus.status()["outbox"]["pending"] == 0, 60, "the outbox is empty")
        account = self.isthmus.accounting()
        assert balanced(account) and account["decode_error"] == 0, account
        self.client.stop()
        assert self.isthmus.stop() == 0
        self.cse.program.stop()


def read(folder):
    setup = Setup(folder)
    assert setup.read("/3/0/0") == setup.has("/3/0/0")
    assert setup.read(f"/3442/0/{STRING}") == setup.has(f"/3442/0/{STRING}")
    for resource, text in ((INTEGER, int), (FLOAT, float)):
        for format in ("text", "tlv", "senml-json", "senml-cbor", "json"):
            assert setup.read(f"/3442/0/{resource}", format=format) == text(setup.has(f"/3442/0/{resource}")), (resource, format)
    assert setup.read(f"/3442/0/{BOOLEAN}") == (setup.has(f"/3442/0/{BOOLEAN}") == "true")
    instance = setup.read("/3442/0")
    assert instance[str(INTEGER)] == setup.read(f"/3442/0/{INTEGER}"), instance
    assert isinstance(instance[str(INTEGERS)], dict), instance
    assert setup.read(f"/3442/0/{INTEGERS}") == instance[str(INTEGERS)]
    number, value = next(iter(instance[str(INTEGERS)].items()))
    assert setup.read(f"/3442/0/{INTEGERS}/{number}") == value
    assert setup.read("/3442")["0"] == instance
    setup.refuses(404, "4.04", "GET", "/3442/7")
    setup.refuses(404, "4.04", "GET", "/3303/0/9999")
    setup.refuses(405, "4.05", "GET", f"/3442/0/{RESET}")
    assert setup.ask("GET", "/devices/nobody/3/0/0").status == 404
    assert setup.device("GET", "/3/0/x").status in (400, 404)
    setup.end()


def write(folder):
    setup = Setup(folder)
    for format in (None, "tlv", "senml-json", "senml-cbor", "text"):
        query = {"format": format} if format else {}
        for resource, value, text in ((STRING, f"by {format}", f"by {format}"), (INTEGER, -42, "-42"), (FLOAT, 2.5, "2.5"), (BOOLEAN, False, "false")):
            setup.does("PUT", f"/3442/0/{resource}", value, **query)
            assert setup.has(f"/3442/0/{resource}") == text, (resource, format)
            assert setup.read(f"/3442/0/{resource}") == value, (resource, format)
    octets = base64.b64encode(bytes(range(200))).decode()
    setup.does("PUT", f"/3442/0/{OPAQUE}", octets)
    assert setup.read(f"/3442/0/{OPAQUE}") == octets
    setup.does("PUT", f"/3442/0/{LINK}", "3:0")
    assert setup.read(f"/3442/0/{LINK}") == "3:0"
    setup.does("PUT", f"/3442/0/{INTEGERS}", {"0": 7, "4": 9})
    assert setup.read(f"/3442/0/{INTEGERS}") == {"0": 7, "4": 9}
    setup.does("PATCH", "/3442/0", {str(STRING): "a part", str(INTEGER): 5})
    assert setup.has(f"/3442/0/{STRING}") == "a part" and setup.has(f"/3442/0/{INTEGER}") == "5" and setup.has(f"/3442/0/{FLOAT}") == "2.5"
    setup.refuses(405, "4.05", "PUT", "/3/0/0", "another maker")
    setup.refuses(404, "4.04", "PUT", "/3442/7/110", "x")
    setup.end()


def execute(folder):
    setup = Setup(folder)
    setup.does("PUT", f"/3442/0/{INTEGER}", 1)
    setup.does("POST", f"/3442/0/{RESET}")
    assert setup.read(f"/3442/0/{INTEGER}") == 1024
    setup.does("POST", f"/3442/0/{CLEAR}")
    assert setup.read(f"/3442/0/{INTEGER}") == 0 and setup.read(f"/3442/0/{STRING}") == ""
    setup.does("POST", f"/3442/0/{TAKE_ARGUMENTS}", {"0": "on", "3": None})
    arguments = setup.read(f"/3442/0/{ARGUMENTS}")
    assert arguments["0"] == "on" and "3" in arguments, arguments
    setup.refuses(405, "4.05", "POST", f"/3442/0/{STRING}")
    setup.end()


def create_and_delete(folder):
    setup = Setup(folder)
    made = setup.does("POST", "/3442", {str(INTEGER): 11})
    assert made.status == 201 and re.fullmatch(r"/3442/\d+", made.json["path"]), made
    assert setup.read(f"{made.json['path']}/{INTEGER}") == 11
    setup.does("POST", "/3442/5", {str(STRING): "five"})
    assert setup.has(f"/3442/5/{STRING}") == "five"
    setup.arrives(f"3442/5/{STRING}", "five")  # the client's Update says that there is a new instance: it is observed
    setup.does("DELETE", "/3442/5")
    setup.refuses(404, "4.04", "GET", "/3442/5")
    setup.does("DELETE", made.json["path"])
    setup.refuses(405, "4.05", "DELETE", "/3/0")
    setup.end()


def discover_and_attributes(folder):
    setup = Setup(folder)
    links = {link["target"]: link["attributes"] for link in setup.does("GET", "/3303/discover").json["links"]}
    assert {"/3303", "/3303/0", "/3303/0/5700"} <= set(links), links
    setup.does("PUT", "/3303/0/5601/attributes", pmin=1, pmax=60, gt=25.5)
    shown = setup.does("GET", "/3303/0/5601/attributes").json["attributes"]
    assert (float(shown["pmin"]), float(shown["pmax"]), float(shown["gt"])) == (1, 60, 25.5), shown
    found = {link["target"]: link["attributes"] for link in setup.does("GET", "/3303/0/discover").json["links"]}
    assert float(found["/3303/0/5601"]["pmin"]) == 1, found
    answer = setup.ask("PUT", f"/devices/{urllib.parse.quote(ENDPOINT)}/3303/0/5601/attributes?gt")
    assert answer.status == 204, answer
    assert "gt" not in setup.does("GET", "/3303/0/5601/attributes").json["attributes"]
    assert setup.device("PUT", "/3303/0/5601/attributes", pmin="soon").status == 400
    setup.refuses(404, "4.04", "GET", "/3303/9/discover")
    setup.end()


def observe_and_cancel(folder):
    setup = Setup(folder)
    first = setup.does("POST", "/3303/0/5601/observe")
    assert first.json["value"] == float(setup.has("/3303/0/5601")), first
    setup.sets("/3303/0/5601", 3.5)
    setup.arrives("3303/0/5601", "3.5")
    setup.does("DELETE", "/3303/0/5601/observe")
    setup.sets("/3303/0/5601", 4.5)
    setup.sets("/3303/0/5700", 33.5)  # of the proxy's own observation: comes later than what must not come
    setup.arrives("3303/0/5700", "33.5")
    assert "4.5" not in setup.instances("3303/0/5601")
    setup.does("POST", "/3303/0/5602/observe")
    setup.sets("/3303/0/5602", 40.5)
    setup.arrives("3303/0/5602", "40.5")
    setup.does("DELETE", "/3303/0/5602/observe", passive="")
    setup.sets("/3303/0/5602", 41.5)  # is answered with a reset, which ends it
    setup.sets("/3303/0/5602", 42.5)
    setup.sets("/3303/0/5700", 34.5)
    setup.arrives("3303/0/5700", "34.5")
    assert "42.5" not in setup.instances("3303/0/5602")
    setup.end()


def composites(folder):
    setup = Setup(folder)
    paths = f"/3/0/0,/3442/0/{STRING},/3303/0/5601"
    for format in ("senml-json", "senml-cbor"):
        answer = setup.does("GET", "/composite", paths=paths, format=format)
        objects = answer.json["value"]
        assert objects["3"]["0"]["0"] == setup.has("/3/0/0") and objects["3442"]["0"][str(STRING)] == setup.has(f"/3442/0/{STRING}"), (format, answer)
        assert objects["3303"]["0"]["5601"] == float(setup.has("/3303/0/5601")), (format, answer)
    setup.does("PUT", "/composite", {f"/3442/0/{STRING}": "both", f"/3442/0/{INTEGER}": 17})
    assert setup.has(f"/3442/0/{STRING}") == "both" and setup.has(f"/3442/0/{INTEGER}") == "17"
    setup.does("POST", "/composite/observe", paths="/3303/0/5601,/3303/0/5602")
    setup.sets("/3303/0/5601", 5.5)
    setup.arrives("3303/0/5601", "5.5")
    setup.sets("/3303/0/5602", 6.5)
    setup.arrives("3303/0/5602", "6.5")
    setup.does("DELETE", "/composite/observe", paths="/3303/0/5601,/3303/0/5602")
    setup.sets("/3303/0/5601", 7.5)
    setup.sets("/3303/0/5700", 35.5)
    setup.arrives("3303/0/5700", "35.5")
    assert "7.5" not in setup.instances("3303/0/5601")
    setup.end()


def send(folder):
    setup = Setup(folder)
    setup.sets("/3303/0/5601", 8.5)
    setup.told("send /3303/0/5601", "sent CHANGED")
    setup.arrives("3303/0/5601", "8.5")
    for value in (9.5, 10.5):
        setup.sets("/3303/0/5602", value)
        setup.told("collect /3303/0/5602", "collected")
        time.sleep(0.01)  # two values of one time would be one
    setup.told("flush", "flushed")
    setup.arrives("3303/0/5602", "10.5")
    assert setup.instances("3303/0/5602")[-2:] == ["9.5", "10.5"], "both, in the order of their times"
    setup.end()


def kick(folder):
    setup = Setup(folder)
    before = setup.isthmus.status()["counters"]["updates_total"]
    setup.does("POST", "/kick")
    wait_for(lambda: setup.isthmus.status()["counters"]["updates_total"] > before, 30, "the device updates its registration")
    setup.end()


def queue_mode(folder):
    setup = Setup(folder, options=["-q"], lifetime=3600)  # with a short one it would update too often to sleep
    assert setup.device("GET", "").json["binding"].count("Q") == 1
    assert setup.read("/3/0/0") == setup.has("/3/0/0"), "it has just been heard: it is awake"
    setup.sets("/3303/0/5700", 20.5)  # from now on it has nothing to report by itself
    setup.arrives("3303/0/5700", "20.5")
    wait_for(lambda: setup.silence() > AWAKE_SECONDS + 1, 200, "it has been silent until it sleeps")
    queued = setup.device("PUT", f"/3442/0/{STRING}", "late")
    assert queued.status == 202, queued
    place = queued.headers["Location"].removeprefix("/api/v1")
    assert setup.ask("GET", place).json["state"] in ("accepted", "waiting"), setup.ask("GET", place)
    assert setup.device("GET", "/3/0/0", queue="no", timeout=2).status == 504
    second = setup.device("PUT", f"/3442/0/{INTEGER}", 77)
    assert second.status == 202
    assert setup.has(f"/3442/0/{STRING}") != "late"
    setup.client.command("update")
    wait_for(lambda: setup.ask("GET", place).json["state"] == "succeeded", 30, "it is sent when the device wakes")
    assert setup.has(f"/3442/0/{STRING}") == "late"
    wait_for(lambda: setup.has(f"/3442/0/{INTEGER}") == "77", 30, "and the next after it")
    setup.end()


def with_a_key_over_dtls(folder):
    setup = Setup(folder, key=("leshan", "00112233445566778899aabbccddeeff"))
    assert setup.device("GET", "").json["address"].startswith("coaps://"), setup.device("GET", "")
    assert setup.read("/3/0/0") == setup.has("/3/0/0")
    setup.does("PUT", f"/3442/0/{STRING}", "x" * 3000)  # in blocks
    assert setup.read(f"/3442/0/{STRING}") == "x" * 3000
    setup.sets("/3303/0/5700", 36.5)
    setup.arrives("3303/0/5700", "36.5")
    setup.end()


TESTS = {test.__name__: test for test in (read, write, execute, create_and_delete, discover_and_attributes, observe_and_cancel, composites,
                                          send, kick, queue_mode, with_a_key_over_dtls)}

if __name__ == "__main__":
    run_tests(TESTS)
