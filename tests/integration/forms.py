#!/usr/bin/env python3
"""Every form that a value can take in the CSE, filled by simulated devices and a real LwM2M client (Eclipse Leshan) in a real CSE (ACME) with the shipped rule sets, and what is
told of a target that the CSE refuses.

usage: forms.py [TEST ...]
Exit status 77 with the reason when a registry cannot be reached: then the suite has not run."""
import json
import subprocess

from acme import ADMIN, Acme
from harness import balanced, BUILD, get_json, Isthmus, Program, ROOT, run_tests, TryOutCse, wait_for
from leshan import Leshan

SETS = ROOT / "config" / "mapping"


class Form:
    """ACME, Isthmus with one rule set, and devices: two simulated ones `<prefix>0` and `<prefix>1`, or those that `devices` starts."""

    def __init__(self, folder, prefix, rules, *settings, devices=None):
        self.name = f"{prefix}0"
        self.acme = Acme(folder / "acme", wsgi=True).start()
        self.isthmus = Isthmus(folder, self.acme.url, settings=[f"mapping.files={rules}", f"onem2m.nodeOriginator={ADMIN}", *settings])
        self.devices = (devices or Form.simulated)(self, folder, prefix)

    def simulated(self, folder, prefix):
        return Program([BUILD / "isthmus", "sim", "--server", f"coap://127.0.0.1:{self.isthmus.coap_port}", "--devices", 2,
                        "--endpoint", prefix, "--objects", "1,3,4,5,6,10,20,3303,3304,3311,3342", "--rate", 2], folder / "sim.log")

    def at(self, path):
        """The attributes of a resource below the device's AE; None while there is none."""
        return self.acme.resource(f"cse-in/{self.name}/{path}")

    def managed(self, name):
        return self.acme.resource(f"cse-in/{self.name}.node/{name}")

    def device(self, path):
        """The device's own value, read through Isthmus."""
        return get_json(f"{self.isthmus.url}/api/v1/devices/{self.name}{path}", timeout=20)["value"]

    def equals(self, find, attribute, path):
        """Waits until the CSE says what the device says, which may change meanwhile."""
        def same():
            found = find() or {}
            return attribute in found and abs(float(found[attribute]) - float(self.device(path))) < 1e-6
        wait_for(same, 60, f"{attribute} of {path} in the CSE")

    def end(self, rejected=False):
        self.devices.stop()
        wait_for(lambda: self.isthmus.status()["outbox"]["pending"] == 0, 60, "the outbox is empty")
        account = self.isthmus.accounting()
        assert balanced(account), account
        assert (account["rejected"] > 0) == rejected and account["decode_error"] == 0, account
        print(json.dumps(account))
        for part in (self.isthmus, self.acme):
            part.stop()


def semantic(folder):
    form = Form(folder, "sem-", SETS / "ts0014-semantic.json")
    form.equals(lambda: form.at("3303/0/5700/la"), "con", "/3303/0/5700")
    link = wait_for(lambda: form.at("10/0/11/0/la"), 60, "an object link")
    assert link["con"] == "11:0", link
    assert link["conr"] == [{"nm": "ObjectLink", "uri": f"/id-in/cse-in/{form.name}/11/0"}], link
    form.end()


def transparent(folder):
    form = Form(folder, "tra-", SETS / "ts0014-transparent.json", "lwm2m.format=senml-json")
    message = wait_for(lambda: form.at("3303/0/la"), 60, "an encapsulated message")
    assert message["cnf"] == "application/senml+json:0" and message["lbl"] == ["LWM2M-Object-Encapsulation"], message
    names = {record.get("bn", "") + record.get("n", "") for record in json.loads(message["con"])}
    assert any("5700" in name for name in names), names
    battery = wait_for(lambda: form.at("3/0/9/la"), 60, "a resource of the Device object")
    assert "senml" in battery["cnf"] or battery["cnf"].startswith("text/plain"), battery
    form.end()


def transparent_bytes(folder):
    form = Form(folder, "tlv-", SETS / "ts0014-transparent.json", "lwm2m.format=tlv")
    message = wait_for(lambda: form.at("3303/0/la"), 60, "an encapsulated message")
    assert message["cnf"] == "application/vnd.oma.lwm2m+tlv:2", message
    done = subprocess.run(["base64", "-d"], input=message["con"].encode(), capture_output=True, check=True)
    assert bytes.fromhex("1644") in done.stdout, "resource 5700 is not in the TLV"
    form.end()


def sdt(folder):
    form = Form(folder, "sdt-", SETS / "sdt.json")
    form.equals(lambda: form.at("3303/0/tempe"), "curT0", "/3303/0/5700")
    form.equals(lambda: form.at("3304/0/relHy"), "relHy", "/3304/0/5700")
    form.equals(lambda: form.at("battery-0"), "lvl", "/3/0/9")
    position = wait_for(lambda: form.at("6/0/geoLn"), 60, "a position")
    wait_for(lambda: {"latie", "longe", "altie", "horAy"} <= set(form.at("6/0/geoLn")), 60, "four values in one resource")
    assert position["cnd"] == "org.onem2m.common.moduleclass.geoLocation", position
    light = wait_for(lambda: form.at("3311/0/binSh"), 60, "a light")
    assert light["state"] in (True, False), light
    switch = wait_for(lambda: form.at("3342/0/binSh"), 60, "a switch")
    assert switch["acpi"] and f"Iwked-Entity-ID:{form.name}/3342/0/binSh" in switch["lbl"], switch
    form.end()


def mgmtobj(folder):
    form = Form(folder, "mgm-", SETS / "mgmtobj.json")
    form.equals(lambda: form.managed("battery"), "btl", "/3/0/9")
    battery = form.managed("battery")
    assert battery["mgd"] == 1006 and battery["obis"] == ["urn:oma:lwm2m:oma:3"] and battery["obps"] == ["/3/0"], battery
    wait_for(lambda: form.managed("battery")["bts"] == 1, 60, "the battery is normal")
    wanted = {"man": "Isthmus", "mod": "Simulated device", "dty": "simulator", "fwv": "1.0.0", "swv": "1.0.0", "hwv": "1"}
    wait_for(lambda: wanted.items() <= (form.managed("deviceInfo") or {}).items(), 60, "the whole deviceInfo")
    wait_for(lambda: (form.managed("memory") or {}).get("mmt") == 512 * 1024, 60, "the memory in bytes")
    reboot = wait_for(lambda: form.managed("reboot"), 60, "the reboot, of which no value comes")
    assert reboot["rbo"] is False and reboot["mgd"] == 1009, reboot
    firmware = wait_for(lambda: form.managed("firmware"), 60, "the firmware")
    assert firmware["mgd"] == 1001 and firmware["uds"] == {"acn": "", "sus": 0}, firmware
    log = wait_for(lambda: form.managed("eventLog-0"), 60, "the event log")
    assert log["lgst"] == 1 and log["lgd"] == "bG9n" and log["lgt"] == 1, log
    assert form.managed("mobileNetwork-0") is None, "an Ethernet device has no mobile network"
    form.end()


def timeseries(folder):
    form = Form(folder, "tim-", SETS / "timeseries.json")
    form.equals(lambda: form.at("3303/0/5700/la"), "con", "/3303/0/5700")
    last = form.at("3303/0/5700/la")
    assert last["ty"] == 30 and len(last["dgt"]) >= 15, last
    wait_for(lambda: form.at("3303/0/5700")["cni"] >= 2, 90, "a second reading")
    assert form.at("3303/0/5700")["ty"] == 29
    form.end()


EVERY = """{"set": "every", "rules": [
  {"name": "temperature", "match": {"object": 3303, "resource": 5700},
   "to": [{}, {"form": "flexContainer", "class": "cod:tempe", "attribute": "curT0", "name": "temperature"}, {"form": "timeSeries", "name": "history"}]},
  {"name": "manufacturer", "match": {"object": 3, "resource": 0},
   "to": [{"form": "mgmtObj", "class": "dvi", "attribute": "man", "name": "deviceInfo"}]},
  {"name": "position", "match": {"object": 6}, "to": [{"form": "transparent"}]}]}"""


def every_form_of_a_leshan_client(folder):
    rules = folder / "every.json"
    rules.write_text(EVERY)

    def leshan(form, folder, prefix):
        client = Leshan(folder / "client", f"coap://127.0.0.1:{form.isthmus.coap_port}", f"{prefix}0", lifetime=60)
        client.start()
        client.wait_for("registered", 90)
        return client

    form = Form(folder, "les-", rules, devices=leshan)
    form.devices.command("set /3303/0/5700 23.5")
    wait_for(lambda: (form.at("3303/0/5700/la") or {}).get("con") == "23.5", 60, "the contentInstance")
    wait_for(lambda: (form.at("temperature") or {}).get("curT0") == 23.5, 60, "the flexContainer")
    wait_for(lambda: (form.at("history/la") or {}).get("con") == "23.5", 60, "the timeSeriesInstance")
    wait_for(lambda: (form.managed("deviceInfo") or {}).get("man"), 60, "the mgmtObj")
    message = wait_for(lambda: form.at("6/0/la"), 60, "the encapsulated message")
    assert message["lbl"] == ["LWM2M-Object-Encapsulation"] and message["con"], message
    form.end()


def every_form_in_the_try_out_cse(folder):
    rules = folder / "every.json"
    rules.write_text(EVERY)
    cse = TryOutCse(folder)
    isthmus = Isthmus(folder, cse.url, settings=[f"mapping.files={rules}", f"onem2m.nodeOriginator={ADMIN}"])
    sim = Program([BUILD / "isthmus", "sim", "--server", f"coap://127.0.0.1:{isthmus.coap_port}", "--devices", 1, "--endpoint", "try-"],
                  folder / "sim.log")

    def has(path, attribute):
        answer = cse.get(f"cse-in/try-0{path}") or {"": {}}
        return attribute in next(iter(answer.values()))

    for path, attribute in (("/3303/0/5700/la", "con"), ("/temperature", "curT0"), ("/history/la", "dgt"), (".node/deviceInfo", "man"),
                            ("/6/0/la", "lbl")):
        wait_for(lambda path=path, attribute=attribute: has(path, attribute), 20, f"{attribute} of {path}")
    sim.stop()
    wait_for(lambda: isthmus.status()["outbox"]["pending"] == 0, 20, "the outbox is empty")
    account = isthmus.accounting()
    assert balanced(account) and account["rejected"] == 0, account
    isthmus.stop()
    cse.program.stop()


REFUSED = """{"set": "refused", "rules": [
  {"name": "occupied", "match": {"object": 3303, "resource": 5700},
   "to": [{"form": "flexContainer", "class": "cod:tempe", "attribute": "curT0", "name": "3304/0"}]}]}"""


def a_refused_target_is_told_and_holds_nothing_up(folder):
    rules = folder / "refused.json"
    rules.write_text(REFUSED)
    form = Form(folder, "ref-", rules)
    form.equals(lambda: form.at("3304/0/5700/la"), "con", "/3304/0/5700")
    refused = wait_for(lambda: get_json(f"{form.isthmus.url}/api/v1/outbox?state=rejected")["rows"], 60, "a value that the CSE refused")
    assert any("rule occupied, 3304/0" in row["reason"] and row["endpoint"].startswith("ref-") for row in refused), refused
    form.end(rejected=True)


TESTS = {test.__name__: test for test in (semantic, transparent, transparent_bytes, sdt, mgmtobj, timeseries, every_form_of_a_leshan_client,
                                          every_form_in_the_try_out_cse,
                                          a_refused_target_is_told_and_holds_nothing_up)}

if __name__ == "__main__":
    run_tests(TESTS)
