#!/usr/bin/env python3
"""A real CSE (ACME) behind HTTPS and a login: what is verified, what is refused, and what the operator is told.

usage: https.py [TEST ...]
Exit status 77 with the reason when PyPI cannot be reached: then the suite has not run."""
import subprocess
import urllib.parse

from acme import Acme, Basic, Certificates, Token
from harness import balanced, BUILD, get_json, Isthmus, run_tests, wait_for

DEVICE = "safe-0"


class Setup:
    def __init__(self, folder, credential=None, settings=()):
        self.folder = folder
        self.certificates = Certificates(folder / "certificates")
        self.acme = Acme(folder / "acme", certificates=self.certificates, credential=credential).start()
        self.isthmus = Isthmus(folder, self.acme.url, settings=settings or [f"onem2m.tls.ca={self.certificates.ca}"])
        self.sim = None

    def start_device(self):
        self.sim = subprocess.Popen([BUILD / "isthmus", "sim", "--server", f"coap://127.0.0.1:{self.isthmus.coap_port}", "--devices", "1",
                                     "--endpoint", "safe-", "--rate", "2", "--duration", "300"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        wait_for(lambda: self.isthmus.status()["devices"]["registered"] == 1, 30, "the device is registered")
        wait_for(lambda: self.isthmus.accounting()["received"] > 40, 60, "the device is observed and reports")

    def la(self, path):
        return self.acme.la(f"cse-in/{DEVICE}{path}")

    def problem(self):
        """What the operator is told of the CSE, once it is known to be out of use."""
        def told():
            cse = self.isthmus.status()["cse"]
            return not cse["reachable"] and cse.get("problem") not in (None, "", "not asked yet") and cse["problem"]
        return wait_for(told, 30, "Isthmus says what is wrong with the CSE")

    def values_arrive(self):
        """What the device said last, as the proxy knows it, is what the CSE has."""
        wait_for(lambda: self.la("/online") == "true registered", 60, "the CSE says that the device is online")
        def said():
            detail = get_json(f"{self.isthmus.url}/api/v1/devices/{urllib.parse.quote(DEVICE)}")
            return next((value["value"] for value in detail["values"] if value["path"] == "/3/0/2"), None)

        serial = wait_for(said, 30, "the device's serial number")
        wait_for(lambda: self.la("/3/0/2") == serial, 30, "the serial number in the CSE")
        before = len(self.acme.instances(f"cse-in/{DEVICE}/3303/0/5700"))
        wait_for(lambda: len(self.acme.instances(f"cse-in/{DEVICE}/3303/0/5700")) > before, 60, "a new temperature in the CSE")

    def end(self):
        self.sim.terminate()
        self.sim.wait(30)
        wait_for(lambda: self.isthmus.status()["outbox"]["pending"] == 0, 60, "the outbox is empty")
        account = self.isthmus.accounting()
        assert balanced(account) and account["delivered"] > 0, account
        self.isthmus.stop()
        self.acme.stop()


def with_a_password(folder):
    setup = Setup(folder, credential=Basic("isthmus", "s3cret"))
    setup.start_device()
    problem = setup.problem()
    assert "401" in problem and "onem2m.auth" in problem, problem
    setup.isthmus.stop()
    setup.isthmus.settings += ["onem2m.auth.user=isthmus", "onem2m.auth.password=s3cret"]
    setup.isthmus.start()
    setup.values_arrive()
    setup.end()


def with_a_token(folder):
    setup = Setup(folder, credential=Token("t0ken"))
    setup.isthmus.stop()
    setup.isthmus.settings += ["onem2m.auth.token=t0ken"]
    setup.isthmus.start()
    setup.start_device()
    setup.values_arrive()
    setup.end()


def only_from_a_known_authority(folder):
    other = Certificates(folder / "other")
    setup = Setup(folder, settings=[f"onem2m.tls.ca={other.ca}"])
    setup.start_device()
    problem = setup.problem()
    assert "certificate" in problem and "onem2m.tls.ca" in problem, problem
    assert setup.acme.resource(f"cse-in/{DEVICE}") is None, "something was sent to a CSE that is not verified"
    waiting = setup.isthmus.status()["outbox"]["pending"]
    assert waiting > 0
    assert setup.isthmus.stop() == 0
    setup.isthmus.settings = [one for one in setup.isthmus.settings if "tls.ca" not in one] + [f"onem2m.tls.ca={setup.certificates.ca}"]
    setup.isthmus.start()
    setup.values_arrive()
    setup.end()


TESTS = {test.__name__: test for test in (with_a_password, with_a_token, only_from_a_known_authority)}

if __name__ == "__main__":
    run_tests(TESTS)
