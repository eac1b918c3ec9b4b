#!/usr/bin/env python3
"""The devices as an operator meets them: `isthmus device` and the REST API against a running instance and simulated devices."""
import json
import subprocess
import threading
import time
import urllib.error
import urllib.request
from urllib.parse import quote

from harness import answers, BUILD, free_port, Isthmus, Program, run_tests, TryOutCse, wait_for
from raw_device import CHANGED, CONTENT, RawDevice

PROGRAM = BUILD / "isthmus"


class Fleet:
    """A running instance with some simulated devices."""

    def __init__(self, folder, devices=3, prefix="sim-"):
        self.cse = TryOutCse(folder)
        self.isthmus = Isthmus(folder, self.cse.url)
        self.sim = Program([PROGRAM, "sim", "--server", f"coap://127.0.0.1:{self.isthmus.coap_port}", "--devices", devices, "--endpoint", prefix],
                           folder / "sim.log")
        wait_for(lambda: self.isthmus.status()["devices"]["registered"] == devices, 20, "the devices register")

    def run(self, *words):
        return subprocess.run([PROGRAM, "device", *words, "--url", self.isthmus.url], capture_output=True, text=True, timeout=60)

    def device(self, *words, code=0, as_json=False):
        done = self.run(*words, *(["-o", "json"] if as_json else []))
        assert done.returncode == code, (words, done)
        return json.loads(done.stdout) if as_json and done.stdout else done.stdout

    def ask(self, method, path, body=None, headers=None):
        """(status, headers, JSON or None)"""
        request = urllib.request.Request(self.isthmus.url + path, method=method, data=None if body is None else body.encode(),
                                         headers={"Content-Type": "application/json", **(headers or {})})
        try:
            with urllib.request.urlopen(request, timeout=60) as answer:
                text = answer.read()
                return answer.status, answer.headers, json.loads(text) if text else None
        except urllib.error.HTTPError as refused:
            return refused.code, refused.headers, json.loads(refused.read())

    def end(self):
        self.sim.stop()
        self.isthmus.stop()
        self.cse.program.stop()


def a_device_is_read_written_executed_and_observed(folder):
    fleet = Fleet(folder)
    device = fleet.device
    assert {row["endpoint"] for row in device("ls", as_json=True)["devices"]} == {"sim-0", "sim-1", "sim-2"}
    assert "ENDPOINT" in device("ls") and "sim-1" in device("ls", "--search", "sim-1")
    assert device("show", "sim-0", as_json=True)["state"] == "registered"
    assert float(device("read", "sim-0", "/3303/0/5700")) > 0
    answer = device("read", "sim-0", "/3303/0/5700", as_json=True)
    assert answer["path"] == "/3303/0/5700" and answer["value"] > 0 and answer["time"].endswith("Z"), answer
    assert "/3/0/0     " in device("read", "sim-0", "/3/0")
    assert device("read", "sim-0", "/3303/0", as_json=True)["value"]["5701"] == "Cel"
    device("write", "sim-0", "/3/0/14", "+02")
    assert device("read", "sim-0", "/3/0/14") == "+02\n"
    device("write", "sim-0", "/3/0", '{"14":"+03","15":"Europe/Berlin"}', "--update")
    assert device("read", "sim-0", "/3/0/15") == "Europe/Berlin\n"
    assert device("read", "sim-1", "/3/0/14") != "+03\n", "another device is another device"
    device("exec", "sim-0", "/3303/0/5605")
    assert "/3303/0/5700" in device("discover", "sim-0", "/3303")
    assert float(device("observe", "sim-0", "/3303/0/5601")) != 0
    assert "/3303/0/5601" in device("show", "sim-0", as_json=True)["observed"]
    device("cancel", "sim-0", "/3303/0/5601")
    assert "/3303/0/5601" not in device("show", "sim-0", as_json=True)["observed"]
    device("cancel", "sim-0", "/3303/0/5601", code=1)
    assert fleet.ask("DELETE", "/api/v1/devices/sim-0/3303/0/5601/observe")[0] == 404
    before = fleet.isthmus.status()["counters"]["updates_total"]
    device("kick", "sim-0")
    wait_for(lambda: fleet.isthmus.status()["counters"]["updates_total"] > before, 10, "the kicked device updates its registration")
    done = device("commands", "sim-0", as_json=True)["commands"]
    assert [one["operation"]["op"] for one in done][-1] == "write" and all(one["state"] == "succeeded" for one in done), done
    assert device("command", done[0]["id"], as_json=True) == done[0]
    fleet.end()


def instances_attributes_and_composites(folder):
    fleet = Fleet(folder, devices=1)
    device = fleet.device
    assert device("create", "sim-0", "/3303/7", '{"5750":"cellar"}') == "/3303/7\n"
    status, headers, made = fleet.ask("POST", "/api/v1/devices/sim-0/3303", '{"5750":"attic"}')
    assert status == 201 and headers["Location"] == f"/api/v1/devices/sim-0{made['path']}", (status, made)
    assert device("read", "sim-0", made["path"] + "/5750") == "attic\n"
    device("delete", "sim-0", made["path"])
    device("read", "sim-0", made["path"], code=1)
    device("attributes", "sim-0", "/3303/0/5700", "pmin=10", "gt=25")
    assert fleet.ask("GET", "/api/v1/devices/sim-0/3303/0/5700/attributes")[2]["attributes"] == {"pmin": "10", "gt": "25"}
    assert fleet.ask("PUT", "/api/v1/devices/sim-0/3303/0/5700/attributes?gt")[0] == 204
    assert device("attributes", "sim-0", "/3303/0/5700") == "pmin=10\n"
    assert fleet.ask("PUT", "/api/v1/devices/sim-0/3303/0/5700/attributes?pmin=007")[0] == 204
    assert device("attributes", "sim-0", "/3303/0/5700") == "pmin=7\n"
    for odd in ("pmin=many", "pmin=1-2", "gt=--5", "lt=.5", "st=1.2.3"):
        device("attributes", "sim-0", "/3303/0/5700", odd, code=64)
        name, value = odd.split("=")
        status, _, problem = fleet.ask("PUT", f"/api/v1/devices/sim-0/3303/0/5700/attributes?{name}={value}")
        assert status == 400 and name in problem["detail"] and "JSON" not in problem["detail"], problem
    assert fleet.ask("PUT", "/api/v1/devices/sim-0/composite", '{"/3/0/14":"+09","/3/0/15":"Asia/Tokyo"}')[0] == 204
    both = fleet.ask("GET", "/api/v1/devices/sim-0/composite?paths=/3/0/14,/3/0/15")[2]
    assert both["path"] == "/3/0" and both["value"] == {"14": "+09", "15": "Asia/Tokyo"}, both
    device("write", "sim-0", "/", '{"/3/0/14":"+08","/3/0/15":"Asia/Tokyo"}')
    assert device("read", "sim-0", "/3/0/14") == "+08\n"
    device("write", "sim-0", "/3/0/14", "+09")
    assert "/3/0/9" in device("observe", "sim-0", "/3/0/9", "/3303/0/5700")
    device("cancel", "sim-0", "/3/0/9", "/3303/0/5700")
    for content_format in ("tlv", "senml-json", "senml-cbor"):
        answer = device("read", "sim-0", "/3/0", "--format", content_format, as_json=True)
        assert answer["value"]["14"] == "+09" and answer["value"]["11"] == {"0": 0}, (content_format, answer)
    fleet.end()


def what_goes_wrong_is_told_with_what_to_do(folder):
    fleet = Fleet(folder, devices=1)
    device = fleet.device
    device("read", "sim-0", "/99", code=1)
    device("write", "sim-0", "/3/0/0", "x", code=1)
    device("read", "nobody", "/3", code=1)
    for unusable in ("/3/x", "3303//0", "/a", "/", "/1/2/3/4/5"):
        done = fleet.run("read", "sim-0", unusable)
        assert done.returncode == 64 and "/3" in done.stderr and "/api" not in done.stderr, (unusable, done)
    assert device("read", "sim-0", "3/0/14/") == device("read", "sim-0", "/3/0/14")
    done = fleet.run("write", "sim-0", "/3/0/14", "12")
    assert done.returncode == 64 and "--text" in done.stderr, done
    device("write", "sim-0", "/3/0/14", "12", "--text")
    device("exec", "sim-0", "/3/0/4", "0='a b'", code=64)
    device("write", "sim-0", "/3/0", '{"14":"+01"}', "--format", "text", code=64)
    before = device("commands", "sim-0", as_json=True)["commands"]
    assert fleet.ask("POST", "/api/v1/devices/sim-0/3/0/4", "0='a b'")[0] == 400
    assert fleet.ask("PUT", "/api/v1/devices/sim-0/3/0?format=opaque", '{"14":"+01"}')[0] == 400
    assert device("commands", "sim-0", as_json=True)["commands"] == before, "what is refused here becomes no command"
    device("read", "sim-0", code=64)
    device("read", "sim-0", "/70000", code=64)
    device("write", "sim-0", "/3311/0/5851", "many", code=64)
    device("read", "sim-0", "/3", "--format", "morse", code=64)
    done = subprocess.run([PROGRAM, "device", "ls", "--url", f"http://127.0.0.1:{free_port()}"], capture_output=True, text=True, timeout=30)
    assert done.returncode == 69 and "isthmus run" in done.stderr and not done.stdout, done
    status, _, problem = fleet.ask("PUT", "/api/v1/devices/sim-0/3/0/0", '"x"')
    assert status == 405 and problem["code"] == "4.05" and problem["name"] == "Method Not Allowed", problem
    assert fleet.ask("GET", "/api/v1/devices/sim-0/99")[0] == 404 and fleet.ask("GET", "/api/v1/devices/nobody/3")[0] == 404
    assert fleet.ask("PUT", "/api/v1/devices/sim-0/3/0/14", '"+05"', {"Origin": "http://evil.example"})[0] == 403
    assert fleet.device("read", "sim-0", "/3/0/14") != "+05\n"
    fleet.end()


def every_endpoint_name_can_be_addressed(folder):
    prefix = "urn:dev:a/b c%?#ü-"
    fleet = Fleet(folder, devices=1, prefix=prefix)
    assert float(fleet.device("read", prefix + "0", "/3303/0/5700")) > 0
    status, _, answer = fleet.ask("GET", f"/api/v1/devices/{quote(prefix + '0', safe='')}/3303/0/5700")
    assert status == 200 and answer["value"] > 0, answer
    fleet.end()


def a_silent_device_holds_up_nobody(folder):
    fleet = Fleet(folder, devices=1)
    silent = RawDevice(fleet.isthmus.coap_port, "silent")
    began = time.monotonic()
    status, _, problem = fleet.ask("GET", "/api/v1/devices/silent/3/0?timeout=2")
    assert status == 504 and 1.5 < time.monotonic() - began < 8, (status, problem, time.monotonic() - began)
    statuses = []
    waiting = [threading.Thread(target=lambda: statuses.append(fleet.ask("GET", "/api/v1/devices/silent/3/0?timeout=8")[0])) for _ in range(80)]
    for thread in waiting:
        thread.start()
    for path in ("/livez", "/readyz", "/metrics"):
        with urllib.request.urlopen(fleet.isthmus.url + path, timeout=5) as answer:
            assert answer.status == 200, path
    assert answers(f"{fleet.isthmus.url}/api/v1/status")
    for thread in waiting:
        thread.join()
    assert set(statuses) <= {503, 504} and statuses.count(503) >= 80 - 64, statuses
    assert float(fleet.device("read", "sim-0", "/3303/0/5700")) > 0
    silent.close()
    fleet.end()


def what_a_sleepy_device_is_asked_waits_for_it(folder):
    fleet = Fleet(folder, devices=1)
    sleepy = RawDevice(fleet.isthmus.coap_port, "sleepy", binding="UQ", objects="</1/0>")
    events = urllib.request.urlopen(fleet.isthmus.url + "/api/v1/events?type=command", timeout=30)
    status, headers, command = fleet.ask("PUT", "/api/v1/devices/sleepy/3/0/14?timeout=1", '"+04"')
    assert status == 202 and headers["Location"] == f"/api/v1/commands/{command['id']}", (status, command)
    fleet.device("write", "sleepy", "/3/0/15", "UTC", "--timeout", "1", code=75)
    queued = fleet.device("commands", "sleepy", as_json=True)["commands"]
    assert [one["state"] for one in queued] == ["waiting", "sent"], queued
    fleet.device("withdraw", queued[0]["id"])
    fleet.device("withdraw", queued[1]["id"], code=1)
    sleepy.answer(sleepy.next_request(), CHANGED)
    ended = wait_for(lambda: (one := fleet.device("command", command["id"], as_json=True))["state"] == "succeeded" and one, 10,
                     "the command ends when the device answers")
    assert ended["code"] == "2.04", ended
    told = []
    while not told or told[-1] != (command["id"], "succeeded"):
        line = events.readline().decode()
        if line.startswith("data: "):
            event = json.loads(line[6:])
            told.append((event["id"], event["state"]))
    assert (command["id"], "sent") in told and (queued[0]["id"], "failed") in told, told
    events.close()
    assert fleet.ask("GET", f"/api/v1/commands/{queued[0]['id']}")[2]["state"] == "failed"
    sleepy.close()
    fleet.end()


def what_cannot_be_read_is_a_502_or_kept_for_the_operator(folder):
    fleet = Fleet(folder, devices=1)
    odd = RawDevice(fleet.isthmus.coap_port, "odd", objects="</1/0>")
    answered = []
    asking = threading.Thread(target=lambda: answered.extend(fleet.ask("GET", "/api/v1/devices/odd/3/0/9?format=text")))
    asking.start()
    odd.answer(odd.next_request(), CONTENT, b"many", content_format=0)
    asking.join()
    assert answered[0] == 502, answered
    broken = RawDevice(fleet.isthmus.coap_port, "broken", objects="</1/0>,</3303/0>")
    broken.answer(broken.next_request(), CONTENT, b"\xc8\xff", content_format=11542, observe=1)
    errors = wait_for(lambda: fleet.device("errors", "broken", as_json=True)["errors"], 10, "the payload is kept")
    assert errors[0]["hex"] == "c8ff" and errors[0]["format"] == "tlv" and errors[0]["path"].startswith("/3303/0"), errors
    for device in (odd, broken):
        device.close()
    fleet.end()


TESTS = [a_device_is_read_written_executed_and_observed, instances_attributes_and_composites, what_goes_wrong_is_told_with_what_to_do, every_endpoint_name_can_be_addressed,
         a_silent_device_holds_up_nobody, what_a_sleepy_device_is_asked_waits_for_it, what_cannot_be_read_is_a_502_or_kept_for_the_operator]

if __name__ == "__main__":
    run_tests({test.__name__: test for test in TESTS})
