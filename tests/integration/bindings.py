#!/usr/bin/env python3
"""A real CSE (ACME) by every way that leads to it: MQTT over a real mosquitto, plain and with TLS and a password; JSON and CBOR. Brokers and
CSEs that restart lose nothing and get nothing twice.

usage: bindings.py [TEST ...]
Exit status 77 with the reason when PyPI cannot be reached or there is no mosquitto: then the suite has not run."""
import json
import subprocess

from acme import Acme, Certificates
from broker import Broker
from harness import balanced, BUILD, Isthmus, run_tests, wait_for

DEVICE = "way-0"


class Setup:
    def __init__(self, folder, serialisation="json", over="mqtt", memory=True, settings=()):
        self.broker = Broker(folder / "broker").start() if over == "mqtt" else None
        self.acme = Acme(folder / "acme", memory=memory, broker=self.broker).start()
        self.isthmus = Isthmus(folder, self.broker.url if self.broker else self.acme.url,
                               settings=[f"onem2m.serialisation={serialisation}", "onem2m.keep.mni=0", *settings])
        self.sim = None

    def report(self, seconds, rate=5):
        """A device that registers and reports for so long."""
        self.sim = subprocess.Popen([BUILD / "isthmus", "sim", "--server", f"coap://127.0.0.1:{self.isthmus.coap_port}", "--devices", "1",
                                     "--endpoint", "way-", "--rate", str(rate), "--duration", str(seconds)],
                                    stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        wait_for(lambda: self.isthmus.status()["devices"]["registered"] == 1, 30, "the device is registered")

    def delivered(self):
        return self.isthmus.accounting()["delivered"]

    def stored(self):
        """The names of the values in the CSE, without those that say whether the device is there."""
        status, found = self.acme.get(f"cse-in/{DEVICE}", fu=1, ty=4, drt=1)
        assert status == 200, found
        return [path for path in found["m2m:uril"] if "/online/" not in path]

    def settle(self):
        """The device has said all, and all of it is in the CSE once."""
        self.sim.wait(120)
        wait_for(lambda: self.isthmus.status()["outbox"]["pending"] == 0, 120, "the outbox is empty")
        account = self.isthmus.accounting()
        print(json.dumps(account))
        assert balanced(account), account
        assert account["rejected"] == account["expired"] == account["decode_error"] == 0, account
        stored = self.stored()
        assert len(stored) == len(set(stored)) == account["delivered"], (len(stored), len(set(stored)), account)
        return account

    def end(self):
        self.isthmus.stop()
        self.acme.stop()
        if self.broker:
            self.broker.stop()


def values_arrive(over, serialisation):
    def test(folder):
        setup = Setup(folder, serialisation, over)
        setup.report(8)
        wait_for(lambda: setup.acme.la(f"cse-in/{DEVICE}/online") == "true registered", 60, "the CSE says that the device is there")
        assert "Iwked-Technology:LWM2M" in setup.acme.resource(f"cse-in/{DEVICE}")["lbl"]
        assert setup.settle()["delivered"] > 30
        temperature = setup.acme.la(f"cse-in/{DEVICE}/3303/0/5700")
        assert isinstance(temperature, str) and float(temperature) > -50, temperature
        setup.end()
    test.__name__ = f"values_arrive_over_{over}_in_{serialisation}"
    return test


def the_broker_restarts(folder):
    setup = Setup(folder)
    setup.report(20)
    wait_for(lambda: setup.delivered() > 20, 60, "values arrive")
    setup.broker.stop()
    wait_for(lambda: not setup.isthmus.status()["cse"]["reachable"], 30, "Isthmus says that the CSE is away")
    problem = setup.isthmus.status()["cse"]["problem"]
    assert "broker" in problem, problem
    waiting = setup.isthmus.status()["outbox"]["pending"]
    wait_for(lambda: setup.isthmus.status()["outbox"]["pending"] > waiting, 30, "values wait")
    setup.broker.start()
    before = setup.delivered()
    wait_for(lambda: setup.delivered() > before, 60, "values arrive again")
    setup.settle()
    setup.end()


def the_cse_restarts(folder):
    setup = Setup(folder, memory=False)
    setup.report(40)
    wait_for(lambda: setup.delivered() > 20, 60, "values arrive")
    setup.acme.kill()
    wait_for(lambda: setup.isthmus.status()["outbox"]["pending"] > 20, 60, "values wait")
    setup.acme.start()
    before = setup.delivered()
    wait_for(lambda: setup.delivered() > before, 90, "values arrive again")
    setup.settle()
    setup.end()


def isthmus_restarts(folder):
    setup = Setup(folder)
    setup.report(20)
    wait_for(lambda: setup.delivered() > 20, 60, "values arrive")
    setup.isthmus.kill()
    setup.isthmus.start()
    setup.settle()
    setup.end()


def an_application_commands_by_the_broker(folder):
    setup = Setup(folder, settings=["onem2m.operators=Capp"])
    setup.report(60, rate=1)
    acme, place = setup.acme, f"cse-in/{DEVICE}"
    status, answer = acme.request("POST", "cse-in", {"m2m:ae": {"rn": "app", "api": "Napp", "rr": False, "srv": ["3"]}}, type=2, originator="Capp")
    assert status == 201, answer
    wait_for(lambda: acme.resource(f"{place}/cmd") is not None and acme.children(f"{place}/cmd", type=23), 60, "commands are subscribed to")
    command = json.dumps({"id": "c-1", "op": "read", "path": "/3303/0/5700"})
    status, answer = acme.request("POST", f"{place}/cmd", {"m2m:cin": {"con": command}}, type=4, originator="Capp")
    assert status == 201, answer

    def outcome():
        told = acme.la(f"{place}/cmd-status")
        told = json.loads(told) if isinstance(told, str) else told
        return told if told and told.get("id") == "c-1" and told["state"] == "succeeded" else None
    print(wait_for(outcome, 60, "the command has succeeded"))
    setup.sim.terminate()
    setup.sim.wait(30)
    setup.end()


def with_tls_and_a_password(folder):
    certificates = Certificates(folder / "certificates")
    broker = Broker(folder / "broker", certificates, "isthmus", "s3cret").start()
    acme = Acme(folder / "acme", broker=broker).start()
    isthmus = Isthmus(folder, broker.tls_url, settings=["onem2m.keep.mni=0"])

    def problem_with(settings, *words):
        isthmus.stop()
        isthmus.settings += settings
        isthmus.start()

        def told():
            cse = isthmus.status()["cse"]
            return not cse["reachable"] and all(word in (cse.get("problem") or "") for word in words)
        wait_for(told, 30, f"Isthmus says {words}, not {isthmus.status()['cse']}")

    setup = Setup.__new__(Setup)
    setup.broker, setup.acme, setup.isthmus = broker, acme, isthmus
    setup.report(25)
    problem_with([], "certificate", "onem2m.tls.ca")
    problem_with([f"onem2m.tls.ca={certificates.ca}"], "onem2m.auth")
    isthmus.stop()
    isthmus.settings += ["onem2m.auth.user=isthmus", "onem2m.auth.password=s3cret"]
    isthmus.start()
    wait_for(lambda: acme.la(f"cse-in/{DEVICE}/online") is not None, 60, "values arrive")
    setup.settle()
    setup.end()


TESTS = {test.__name__: test for test in (values_arrive("mqtt", "json"), values_arrive("mqtt", "cbor"), values_arrive("http", "cbor"),
                                          the_broker_restarts, the_cse_restarts, isthmus_restarts, an_application_commands_by_the_broker,
                                          with_tls_and_a_password)}

if __name__ == "__main__":
    run_tests(TESTS)
