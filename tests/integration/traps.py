#!/usr/bin/env python3
"""Where bridges between devices and platforms are known to break: each trap, sprung on the running program."""
import json
import threading
import time
import urllib.request

from harness import balanced, Isthmus, run_tests, TryOutCse, wait_for
from trap_device import CHANGED, DELETED, Front, NON, RST, SENML_JSON, TEXT, TrapDevice

TEMPERATURE = "/3303/0/5700"


class Bench:
    """An Isthmus between a try-out CSE and devices made by hand."""

    def __init__(self, folder, settings=(), with_front=False):
        self.cse = TryOutCse(folder)
        self.front = Front(self.cse.url) if with_front else None
        self.isthmus = Isthmus(folder, self.front.url if self.front else self.cse.url, settings=settings)
        self.devices = []

    def device(self, endpoint="d1", objects="</1/0>,</3303/0>", values=None, **more):
        values = {TEMPERATURE: (TEXT, b"20.5")} if values is None else values
        device = TrapDevice(self.isthmus.coap_port, endpoint, objects, values, **more)
        self.devices.append(device)
        return device

    def registered(self, **more):
        """A registered device, all of whose values are observed."""
        device = self.device(**more)
        device.register()
        self.wait(lambda: set(device.observed) == set(device.values), "its values are observed")
        return device

    def wait(self, condition, what, seconds=15):
        def pumped():
            for device in self.devices:
                device.pump()
            return condition()
        return wait_for(pumped, seconds, what)

    def contents(self, container):
        return [content for _, content in self.cse.instances(container)]

    def arrives(self, container, *values):
        self.wait(lambda: set(values) <= set(self.contents(container)), f"{values} in {container}")

    def end(self):
        account = self.wait(lambda: (now := self.isthmus.accounting())["pending"] == 0 and now, "the outbox is empty")
        assert balanced(account), account
        for device in self.devices:
            device.close()
        assert self.isthmus.stop() == 0
        self.cse.program.stop()
        if self.front:
            self.front.stop()
        return account


def an_instance_is_not_another_one_whose_number_begins_alike(folder):
    bench = Bench(folder)
    paths = ("/3303/1/5700", "/3303/10/5700", "/3303/100/5700")
    device = bench.registered(objects="</1/0>,</3303/1>,</3303/10>,</3303/100>", values={path: (TEXT, b"1") for path in paths})
    for path in paths:
        device.notify(path, path.split("/")[2].encode() + b".5")
    for path in paths:
        bench.arrives(f"d1{path}", path.split("/")[2] + ".5")
        assert len(bench.contents(f"d1{path}")) == 2, "its own two values and nobody else's"
    request = urllib.request.Request(f"{bench.isthmus.url}/api/v1/devices/d1/3303/1/5700/observe", method="DELETE")
    answers = []
    asking = threading.Thread(target=lambda: answers.append(urllib.request.urlopen(request, timeout=20).status))
    asking.start()
    bench.wait(lambda: answers, "the observation is cancelled")
    assert device.notify(paths[1], b"11").kind != RST and device.notify(paths[2], b"101").kind != RST
    assert device.notify(paths[0], b"2").kind == RST, "this one was cancelled"
    bench.end()


def a_version_on_an_instance_link_is_understood(folder):
    bench = Bench(folder)
    device = bench.registered(objects='</1/0>,</3303/0>;ver=1.1,</3304/0>;ver="1.1"',
                              values={TEMPERATURE: (TEXT, b"20.5"), "/3304/0/5700": (TEXT, b"44")})
    device.notify(TEMPERATURE, b"21.5")
    bench.arrives("d1/3303/0/5700", "21.5")
    bench.arrives("d1/3304/0/5700", "44")
    bench.end()


def each_instance_of_a_multiple_resource_has_its_own_place(folder):
    bench = Bench(folder)
    addresses = b'[{"bn":"/4/0/4/","n":"0","vs":"10.0.0.1"},{"n":"7","vs":"10.0.0.7"}]'
    device = bench.registered(objects="</1/0>,</4/0>", values={"/4/0/0": (TEXT, b"6"), "/4/0/2": (TEXT, b"-70"), "/4/0/4": (SENML_JSON, addresses)})
    bench.arrives("d1/4/0/4/0", "10.0.0.1")
    bench.arrives("d1/4/0/4/7", "10.0.0.7")
    device.notify("/4/0/4", b'[{"bn":"/4/0/4/","n":"7","vs":"10.0.0.8"}]', SENML_JSON)
    bench.arrives("d1/4/0/4/7", "10.0.0.8")
    bench.end()


def a_batch_keeps_base_time_and_relative_times(folder):
    bench = Bench(folder, settings=["mapping.form=record"])
    device = bench.registered()
    device.notify(TEMPERATURE, b'[{"bn":"/3303/0/5700","bt":1764000000,"v":1},{"t":5,"v":2},{"t":-10.5,"v":3}]', SENML_JSON)
    device.notify(TEMPERATURE, b'[{"bn":"/3303/0/5700","t":-60,"v":4},{"v":5}]', SENML_JSON)
    bench.wait(lambda: len(bench.contents("d1/3303/0/5700")) == 6, "all six values")
    records = {one["v"]: one["t"] for one in map(json.loads, bench.contents("d1/3303/0/5700"))}
    assert records[1].startswith("2025-11-24T16:00:00") and records[2].startswith("2025-11-24T16:00:05"), records
    assert records[3].startswith("2025-11-24T15:59:49.5"), records

    def seconds(text):
        return time.mktime(time.strptime(text[:19], "%Y-%m-%dT%H:%M:%S"))
    assert 59 <= seconds(records[5]) - seconds(records[4]) <= 61, records
    bench.end()


def a_new_address_counts_from_the_update_on(folder):
    bench = Bench(folder)
    device = bench.registered()
    device.open()
    assert device.notify(TEMPERATURE, b"66.6", patience=1) is None, "nobody answers a stranger"
    assert device.update() == CHANGED
    assert device.notify(TEMPERATURE, b"22.5").kind != RST
    bench.arrives("d1/3303/0/5700", "22.5")
    assert "66.6" not in bench.contents("d1/3303/0/5700")
    bench.end()


def a_notification_may_overtake_the_answer_to_its_observe(folder):
    bench = Bench(folder)
    device = bench.device()
    device.before_answer = lambda one, path, token: one.notify(path, b"30.5", kind=NON, token=token)
    device.register()
    bench.arrives("d1/3303/0/5700", "30.5")
    device.before_answer = None
    assert device.notify(TEMPERATURE, b"31.5").kind != RST
    bench.arrives("d1/3303/0/5700", "31.5")
    bench.end()


def a_device_registers_again_while_it_is_registered(folder):
    bench = Bench(folder)
    device = bench.registered()
    before, _ = device.observed.copy(), device.observed.clear()
    device.register()
    bench.wait(lambda: TEMPERATURE in device.observed, "it is observed anew")
    assert device.observed != before, "under another token"
    assert device.notify(TEMPERATURE, b"23.5").kind != RST
    bench.arrives("d1/3303/0/5700", "23.5")
    assert bench.isthmus.status()["devices"]["registered"] == 1
    bench.end()


def a_device_leaves_and_comes_back_under_its_name(folder):
    bench = Bench(folder)
    device = bench.registered()
    bench.arrives("d1/3303/0/5700", "20.5")
    old = device.observed.pop(TEMPERATURE)
    assert device.deregister() == DELETED
    assert device.notify(TEMPERATURE, b"66.6", token=old).kind == RST, "nobody listens any more"
    device.register()
    bench.wait(lambda: TEMPERATURE in device.observed, "it is observed anew")
    device.notify(TEMPERATURE, b"24.5")
    bench.arrives("d1/3303/0/5700", "20.5", "24.5")
    bench.wait(lambda: [text.split()[0] for text in bench.contents("d1/online")] == ["true", "false", "true"], "it is online again")
    assert "66.6" not in bench.contents("d1/3303/0/5700")
    bench.end()


def a_device_that_does_not_listen_yet_is_observed_all_the_same(folder):
    bench = Bench(folder)
    device = bench.device()
    device.deaf_to = 2
    device.register()
    bench.arrives("d1/3303/0/5700", "20.5")
    bench.end()


def a_value_in_doubt_that_the_cse_has_dropped_is_counted(folder):
    bench = Bench(folder, with_front=True)
    device = bench.registered()
    bench.arrives("d1/3303/0/5700", "20.5")
    cut = []

    def fault(method, path, body):
        if method == "POST" and b'"25.5"' in body and not cut:
            cut.append(path)
            return ("cut",)
        return ("status", 500) if cut and len(cut) == 1 else None

    bench.front.fault = fault
    device.notify(TEMPERATURE, b"25.5")
    bench.wait(lambda: cut, "its connection is cut")
    name = next(name for name, content in bench.wait(lambda: bench.cse.instances("d1/3303/0/5700"), "it arrived") if content == "25.5")
    gone = urllib.request.Request(f"{bench.cse.url}/cse-in/d1/3303/0/5700/{name}", method="DELETE", headers=bench.cse.ADMIN)
    with urllib.request.urlopen(gone, timeout=10):
        cut.append("evicted")
    bench.arrives("d1/3303/0/5700", "25.5")
    assert [one for one, content in bench.cse.instances("d1/3303/0/5700") if content == "25.5"] == [name], "under the same name"
    account = bench.end()
    assert account["in_doubt"] == 1 and account["delivered"] == account["received"], account


def a_value_in_doubt_that_arrived_is_delivered_once(folder):
    bench = Bench(folder, with_front=True)
    device = bench.registered()
    cut = []
    bench.front.fault = lambda method, path, body: ("cut",) if method == "POST" and b'"25.5"' in body and not cut and not cut.append(path) else None
    device.notify(TEMPERATURE, b"25.5")
    bench.wait(lambda: cut, "its connection is cut")
    device.notify(TEMPERATURE, b"26.5")
    bench.arrives("d1/3303/0/5700", "26.5")
    assert bench.contents("d1/3303/0/5700") == ["20.5", "25.5", "26.5"]
    assert bench.end()["in_doubt"] == 0


def a_slow_cse_slows_no_device(folder):
    bench = Bench(folder, with_front=True)
    device = bench.registered()
    bench.arrives("d1/3303/0/5700", "20.5")
    bench.front.fault = lambda method, path, body: ("slow", 1.0) if method == "POST" else None
    took = []
    for number in range(5):
        began = time.monotonic()
        assert device.notify(TEMPERATURE, str(100 + number).encode()).kind != RST
        took.append(time.monotonic() - began)
    assert max(took) < 0.8, took
    bench.arrives("d1/3303/0/5700", "104")
    assert bench.contents("d1/3303/0/5700")[1:] == ["100", "101", "102", "103", "104"]
    bench.end()


def a_value_that_the_cse_refuses_holds_up_nothing(folder):
    bench = Bench(folder, with_front=True)
    device = bench.registered(objects="</1/0>,</3303/0>,</3304/0>", values={TEMPERATURE: (TEXT, b"20.5"), "/3304/0/5700": (TEXT, b"44")})
    bench.front.fault = lambda method, path, body: ("status", 400) if method == "POST" and b'"666"' in body else None
    for value in (b"666", b"27.5"):
        device.notify(TEMPERATURE, value)
    device.notify("/3304/0/5700", b"45")
    bench.arrives("d1/3303/0/5700", "27.5")
    bench.arrives("d1/3304/0/5700", "45")
    assert bench.end()["rejected"] == 1


def a_scale_counts_however_a_value_comes(folder):
    rules = folder / "rules.json"
    rules.write_text(json.dumps({"set": "scaled", "rules": [
        {"name": "tenths", "match": {"object": 3303, "resource": 5700}, "value": {"type": "float", "scale": 0.1, "offset": -40}}]}))
    bench = Bench(folder, settings=[f"mapping.files={rules}"])
    device = bench.registered(values={TEMPERATURE: (TEXT, b"653")})
    bench.arrives("d1/3303/0/5700", "25.3")
    device.notify(TEMPERATURE, b"654")
    assert device.send_values(b'[{"n":"/3303/0/5700","v":655}]') == CHANGED
    device.notify(TEMPERATURE, b'[{"bn":"/3303/0/5700","v":656}]', SENML_JSON)
    bench.arrives("d1/3303/0/5700", "25.4", "25.5", "25.6")
    assert len(bench.contents("d1/3303/0/5700")) == 4
    bench.end()


def the_largest_unsigned_number_stays_what_it_is(folder):
    bench = Bench(folder)
    largest = 2**64 - 1
    device = bench.registered(objects="</1/0>,</33000/0>", values={"/33000/0": (SENML_JSON, f'[{{"bn":"/33000/0/","n":"1","v":{largest}}}]'.encode())})
    bench.arrives("d1/33000/0/1", str(largest))
    device.notify("/33000/0", f'[{{"bn":"/33000/0/","n":"1","v":{largest - 1}}},{{"n":"2","v":{-2**63}}}]'.encode(), SENML_JSON)
    bench.arrives("d1/33000/0/1", str(largest - 1))
    bench.arrives("d1/33000/0/2", str(-2**63))
    bench.end()


def any_text_arrives_as_it_was(folder):
    bench = Bench(folder)
    device = bench.registered(objects="</1/0>,</3/0>", values={f"/3/0/{number}": (TEXT, b"x") for number in (0, 1, 2, 3)} | {
        "/3/0/9": (TEXT, b"1"), "/3/0/11": (SENML_JSON, b'[{"bn":"/3/0/11/","n":"0","v":0}]')})
    for text in (b"a,b;c\"d\\e", "\u00fcber \U0001f321".encode(), b"a\x00b", b"tab\tline\n"):
        device.notify("/3/0/0", text)
        bench.arrives("d1/3/0/0", text.decode())
    device.notify("/3/0/1", b"\xff\xfe\x80")
    with urllib.request.urlopen(f"{bench.isthmus.url}/api/v1/devices/d1/decode-errors", timeout=10) as answer:
        kept = json.load(answer)["errors"]
    assert [(one["path"], one["hex"]) for one in kept] == [("/3/0/1", "fffe80")], "no text: kept for the operator as it came"
    assert bench.end()["decode_error"] == 1


if __name__ == "__main__":
    run_tests({name: value for name, value in globals().items() if callable(value) and value.__module__ == "__main__" and name not in ("Bench",)})
