#!/usr/bin/env python3
"""A real LwM2M client (Eclipse Leshan) and a real CSE (ACME), joined by Isthmus: the client's values are in the CSE, in every format,
and stay right when any of the three is restarted.

usage: interop.py [TEST ...]
Exit status 77 with the reason when a registry cannot be reached: then the suite has not run."""
import json
import re
import time

from acme import Acme
from harness import balanced, Isthmus, run_tests, wait_for
from leshan import Leshan

# What the client tells of itself and what the shipped rules observe by itself.
RESOURCES = ["/3/0/0", "/3/0/1", "/3/0/2", "/3/0/3", "/3/0/9", "/3303/0/5700"]
# Of the test object and the position, observed per instance.
INSTANCES = ["/6/0", "/3442/0"]


class Setup:
    def __init__(self, folder, format="auto", memory=True, wsgi=False, endpoint="leshan-1"):
        self.folder = folder
        self.endpoint = endpoint
        self.acme = Acme(folder / "acme", memory=memory, wsgi=wsgi).start()
        self.isthmus = Isthmus(folder, self.acme.url, settings=[f"lwm2m.format={format}"])
        self.client = Leshan(folder / "client", f"coap://127.0.0.1:{self.isthmus.coap_port}", endpoint, lifetime=60)

    def start_client(self):
        self.client.start()
        self.client.wait_for("registered", 90)
        wait_for(lambda: self.online() == "true registered", 60, "the CSE says that the device is online")

    def container(self, path):
        return f"cse-in/{self.endpoint}{path}"

    def la(self, path):
        return self.acme.la(self.container(path))

    def online(self):
        return self.la("/online")

    def values(self, path):
        return [content for _, content in self.acme.instances(self.container(path))]

    def client_values(self, path):
        """What the client itself says of a resource: by path, one a resource instance where it has several."""
        before = len(self.client.output())
        self.client.command(f"get {path}")
        answer = wait_for(lambda: re.search(rf"value {path} (.*)", self.client.output()[before:]), 20, f"the client's {path}").group(1)
        if answer.startswith("LwM2mMultipleResource"):
            return {f"{path}/{number}": value for number, value in re.findall(r"\[id=(\d+), value=(.*?)(?:, type=|\])", answer) if "values" not in value}
        single = re.search(r"value=(.*?), type=", answer)
        return {path: single.group(1)} if single else {}

    def set_temperature(self, value):
        self.client.command(f"set /3303/0/5700 {value}")
        wait_for(lambda: self.la("/3303/0/5700") == str(value), 30, f"{value} in the CSE")

    def end(self):
        wait_for(lambda: self.isthmus.status()["outbox"]["pending"] == 0, 60, "the outbox is empty")
        account = self.isthmus.accounting()
        assert balanced(account), account
        print(json.dumps(account))
        for part in (self.client, self.isthmus, self.acme):
            part.stop()


def same(ours, theirs):
    """Our text of a value against the client's, which writes object links as paths."""
    if re.fullmatch(r"/\d+/\d+", theirs):
        theirs = theirs[1:].replace("/", ":")
    try:
        return abs(float(ours) - float(theirs)) < 1e-6
    except (TypeError, ValueError):
        return ours == theirs


def comparable(value):
    """Java prints dates, bytes and links in ways of its own."""
    return not re.search(r"[A-Z][a-z]{2} \d\d|\[B@|0x|Bytes|ObjectLink|</", value)


def compare_resource(setup, path):
    compared = 0
    for place, theirs in setup.client_values(path).items():
        if not comparable(theirs):
            continue
        wait_for(lambda place=place: setup.la(place) is not None, 60, f"{place} in the CSE")
        assert same(setup.la(place), theirs), f"{place}: {setup.la(place)} in the CSE, {theirs} at the client"
        compared += 1
    return compared


def compare_values(setup):
    """Every resource that the proxy reports, against what the client says of it."""
    compared = sum(compare_resource(setup, path) for path in RESOURCES)
    for instance in INSTANCES:
        resources = wait_for(lambda instance=instance: setup.acme.children(setup.container(instance), type=3), 60, f"{instance} in the CSE")
        compared += sum(compare_resource(setup, f"{instance}/{resource}") for resource in resources)
    return compared


def values_are_equal_in(format):
    def test(folder):
        setup = Setup(folder, format=format)
        setup.start_client()
        setup.client.command("set /3303/0/5700 23.5")
        wait_for(lambda: setup.la("/3303/0/5700") == "23.5", 30, "23.5 in the CSE")
        compared = compare_values(setup)
        print(f"{compared} values compared")
        assert compared >= 12
        for value in (24.5, -1.25, 1e6):
            setup.client.command(f"set /3303/0/5700 {value}")
            wait_for(lambda value=value: same(setup.la("/3303/0/5700"), str(value)), 30, f"{value} in the CSE")
        setup.end()
    return test


def a_device_comes_goes_and_comes_back(folder):
    setup = Setup(folder, wsgi=True, endpoint="urn:imei:490154203237518")
    setup.endpoint = "imei_490154203237518"
    setup.client.start()
    setup.client.wait_for("registered", 90)
    name = wait_for(lambda: next((one["name"] for one in devices(setup) if one["state"] == "registered"), None), 30, "the device")
    setup.endpoint = name
    assert re.fullmatch(r"imei_490154203237518-[0-9a-f]{8}", name), name
    wait_for(lambda: setup.online() == "true registered", 60, "online")
    setup.client.command("update")
    wait_for(lambda: setup.isthmus.status()["counters"]["updates_total"] > 0, 30, "an update")
    setup.set_temperature(31.5)
    labels = setup.acme.resource(f"cse-in/{name}")["lbl"]
    assert "Iwked-Entity-ID:urn:imei:490154203237518" in labels, labels
    setup.client.stop()
    wait_for(lambda: setup.online() == "false deregistered", 30, "the CSE says that the device is gone")
    assert "31.5" in setup.values("/3303/0/5700"), "the data stay"
    setup.start_client()
    setup.set_temperature(32.5)
    setup.client.kill()  # without a word: expiry says so
    wait_for(lambda: setup.online() == "false expired", 120, "the CSE says that the registration expired")
    setup.start_client()
    setup.set_temperature(33.5)
    setup.end()


def devices(setup):
    from harness import get_json
    return get_json(f"{setup.isthmus.url}/api/v1/devices")["devices"]


def isthmus_restarts_unnoticed(folder):
    setup = Setup(folder)
    setup.start_client()
    setup.set_temperature(21.5)
    before = setup.isthmus.status()
    setup.isthmus.kill()
    setup.isthmus.start()
    setup.set_temperature(22.5)  # by the observation made before the restart
    after = setup.isthmus.status()
    assert before["counters"]["registers_total"] == 1 and after["counters"]["registers_total"] == 0, "the client registered again"
    assert after["counters"]["coap_resets_total"] == 0
    assert setup.isthmus.stop() == 0
    setup.isthmus.start()
    setup.set_temperature(23.5)
    values = setup.values("/3303/0/5700")
    assert values.count("21.5") == 1 and values.count("22.5") == 1 and values.count("23.5") == 1, values
    setup.end()


def the_cse_restarts_with_its_data(folder):
    setup = Setup(folder, memory=False)
    setup.start_client()
    setup.set_temperature(21.5)
    setup.acme.kill()
    setup.client.command("set /3303/0/5700 22.5")
    wait_for(lambda: not setup.isthmus.status()["cse"]["reachable"], 30, "Isthmus sees that the CSE is gone")
    setup.client.command("set /3303/0/5700 23.5")
    time.sleep(1)
    setup.acme.start()
    wait_for(lambda: setup.la("/3303/0/5700") == "23.5", 60, "what was kept arrives")
    values = [value for value in setup.values("/3303/0/5700") if value in ("21.5", "22.5", "23.5")]
    assert values == ["21.5", "22.5", "23.5"], values
    setup.end()


def the_cse_restarts_empty(folder):
    setup = Setup(folder, memory=True)
    setup.start_client()
    setup.set_temperature(21.5)
    before = setup.acme.resource(f"cse-in/{setup.endpoint}")["ct"]
    setup.acme.restart()
    setup.client.command("set /3303/0/5700 22.5")
    wait_for(lambda: setup.la("/3303/0/5700") == "22.5", 90, "the device's place is made again")
    again = setup.acme.resource(f"cse-in/{setup.endpoint}")
    assert again["aei"] == f"C{setup.endpoint}" and again["ct"] > before, "it was not empty"
    setup.end()


TESTS = {
    "values_are_equal_in_tlv": values_are_equal_in("tlv"),
    "values_are_equal_in_senml_json": values_are_equal_in("senml-json"),
    "values_are_equal_in_senml_cbor": values_are_equal_in("senml-cbor"),
    "a_device_comes_goes_and_comes_back": a_device_comes_goes_and_comes_back,
    "isthmus_restarts_unnoticed": isthmus_restarts_unnoticed,
    "the_cse_restarts_with_its_data": the_cse_restarts_with_its_data,
    "the_cse_restarts_empty": the_cse_restarts_empty,
}

if __name__ == "__main__":
    run_tests(TESTS)
