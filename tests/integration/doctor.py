#!/usr/bin/env python3
"""isthmus doctor as a user meets it: at a real CSE (ACME), at the try-out CSE, where nobody is.

usage: doctor.py [TEST ...]
Exit status 77 with the reason when PyPI cannot be reached or there is no mosquitto: then the suite has not run."""
import json
import subprocess

from acme import Acme
from broker import Broker
from harness import BUILD, free_port, run_tests, TryOutCse


def doctor(*words):
    done = subprocess.run([BUILD / "isthmus", "doctor", *[str(word) for word in words]], capture_output=True, text=True, timeout=120)
    return done.returncode, done.stdout, done.stderr


def lines(text):
    """What was found, by name."""
    return {line[9:].split("  ")[0].strip(): line[:9].strip() for line in text.splitlines() if not line.startswith(" ")}


def checked_profile(folder, text, cse):
    """The profile, which a configuration takes as it is printed."""
    profile = json.loads(text)
    file = folder / "isthmus.json"
    file.write_text(json.dumps({"onem2m": {"cse": cse, "profile": profile}}))
    done = subprocess.run([BUILD / "isthmus", "check", "-c", file], capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    return profile


def at_acme(folder):
    acme = Acme(folder / "acme").start()
    before = acme.children("cse-in")
    code, out, _ = doctor("--cse", acme.url)
    found = lines(out)
    print(out)
    assert code == 0, (code, out)
    for name in ("reachable", "releases", "AE", "contentInstance", "same name again", "acpi", "flexContainer", "timeSeries", "pollingChannel",
                 "subscription", "verification", "notifications", "blocking update", "waits for the device"):
        assert found[name] == "ok", (name, out)
    assert found["node"] == "?" and "onem2m.nodeOriginator" in out
    assert "reads json, cbor" in out
    code, out, _ = doctor("--cse", acme.url, "--set", "onem2m.nodeOriginator=CAdmin", "-o", "json")
    profile = checked_profile(folder, out, acme.url)
    assert profile == {"refusesAcpi": False, "refusesNode": False, "refusesMgmtObj": False, "refusesFlexContainer": False,
                       "refusesTimeSeries": False, "refusesPollingChannel": False, "refusesBlockingUpdate": False}, profile
    assert acme.children("cse-in") == before, "something was left"
    acme.stop()


def at_acme_over_mqtt(folder):
    broker = Broker(folder / "broker").start()
    acme = Acme(folder / "acme", broker=broker).start()
    before = acme.children("cse-in")
    code, out, _ = doctor("--cse", broker.url)
    print(out)
    found = lines(out)
    assert code == 0, (code, out)
    for name in ("contentInstance", "same name again", "subscription", "notifications", "waits for the device"):
        assert found[name] == "ok", (name, out)
    assert f"arrive at {broker.url}" in out and "reads json, cbor" in out, out
    assert acme.children("cse-in") == before, "something was left"
    acme.stop()
    broker.stop()


def at_the_try_out_cse(folder):
    cse = TryOutCse(folder)
    code, out, _ = doctor("--cse", cse.url, "-o", "json")
    assert code == 0, out
    profile = checked_profile(folder, out, cse.url)
    assert profile["refusesAcpi"] is False and profile["refusesPollingChannel"] is True, profile
    assert profile["refusesBlockingUpdate"] is False, "an update waits for the answer of who is asked"
    code, out, _ = doctor("--cse", cse.url, "--base", "elsewhere")
    assert code == 69 and "onem2m.base" in out, (code, out)
    code, out, _ = doctor("--cse", cse.url, "--cse-id", "/other", "--originator", "CAdmin")
    assert code == 1 and "set onem2m.cseId to /id-in" in out, (code, out)
    cse.program.stop()


def where_nobody_is(folder):
    code, out, _ = doctor("--cse", f"http://127.0.0.1:{free_port()}")
    assert code == 69 and "onem2m.cse" in out, (code, out)
    for url, says in (("coap://127.0.0.1", "CoAP towards the CSE is not built yet"), ("ws://127.0.0.1", "WebSocket towards the CSE is not built yet"),
                      ("ftp://127.0.0.1", "is not a URL")):
        code, _, error = doctor("--cse", url)
        assert code == 78 and says in error, (code, error)


TESTS = {test.__name__: test for test in (where_nobody_is, at_the_try_out_cse, at_acme, at_acme_over_mqtt)}

if __name__ == "__main__":
    run_tests(TESTS)
