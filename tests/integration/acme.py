"""The ACME CSE (PyPI `acmecse`) for tests: a real oneM2M CSE on a free loopback port.

    cse = Acme(folder)                     # memory=False: its data survive kill(); wsgi=True: it keeps connections
    cse.start()                            # NotAvailable, with the reason, where PyPI cannot be reached
    cse.url, cse.get("cse-in/bar-1"), cse.la("cse-in/bar-1/3303/0/5700"), cse.children("cse-in/bar-1")
    cse.kill(); cse.start(); cse.stop()
    Acme(folder, certificates=Certificates(folder), credential=Basic("user", "password"))    # HTTPS; only for who knows
    Acme(folder, broker=Broker(folder))                                                      # over MQTT too

Python's standard library only; the CSE runs in a virtual environment under .cache/acme."""
import base64
import hashlib
import hmac
import http.client
import json
import socket
import ssl
import sys
import time
import urllib.parse
from pathlib import Path

import registry
from harness import Program, free_port, wait_for
from registry import NotAvailable  # noqa: F401, for those who import this module

VERSION = "2026.5.3"  # needs Python 3.11
ADMIN = "CAdmin"
BASE = "cse-in"
CSE_ID = "/id-in"
SECRET = "acme"
READY_SECONDS = 90
SETTLE_SECONDS = 3

CONFIGURATION = """[basic.config]
cseType=IN
cseID=id-in
cseName=cse-in
adminID=CAdmin
dataDirectory={folder}
networkInterface=127.0.0.1
cseHost=127.0.0.1
httpPort={port}
databaseType={database}
logLevel=info
secret={secret}
consoleType=simple
[cse]
enableRemoteCSE=false
[textui]
enable=false
startWithTUI=false
[logging]
enableScreenLogging=false
enableFileLogging=true
level=warn
[http.security]
{security}
{mqtt}
"""

MQTT = """[mqtt]
enable=true
address=127.0.0.1
port={port}
listenIF=127.0.0.1
"""


def interpreter():
    """The Python of a virtual environment that has ACME; made at first use (about 20 s)."""
    if sys.version_info < (3, 11):
        raise NotAvailable(f"ACME needs Python 3.11, this is {sys.version.split()[0]}")
    with registry.locked(registry.CACHE / "acme") as cache:
        home = cache / VERSION
        python = home / "bin" / "python"
        if not (home / "complete").exists():
            registry.run([sys.executable, "-m", "venv", "--clear", home], "a virtual environment (package python3-venv)")
            registry.run([python, "-m", "pip", "install", "--quiet", "--retries", "2", f"acmecse=={VERSION}"], "ACME from PyPI")
            (home / "complete").touch()
        return python


class Certificates:
    """A certification authority in a folder, and a certificate of it for 127.0.0.1: ca, server (certificate, key)."""

    def __init__(self, folder):
        self.folder = Path(folder).resolve()
        self.folder.mkdir(parents=True, exist_ok=True)
        self.ca, self.server = self.folder / "ca.pem", (self.folder / "server.pem", self.folder / "server.key")
        new = ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2"]
        registry.run([*new, "-subj", "/CN=test authority", "-keyout", self.folder / "ca.key", "-out", self.ca], "a certificate (package openssl)")
        registry.run([*new, "-subj", "/CN=cse", "-addext", "subjectAltName=IP:127.0.0.1", "-addext", "basicConstraints=critical,CA:FALSE",
                      "-CA", self.ca, "-CAkey", self.folder / "ca.key", "-keyout", self.server[1], "-out", self.server[0]],
                     "a certificate (package openssl)")


def hashed(secret_text):
    """As ACME's credential files want it."""
    return hmac.new(SECRET.encode(), secret_text.encode(), hashlib.sha256).hexdigest()


class Basic:
    def __init__(self, user, password):
        self.kind, self.line = "Basic", f"{user}:{hashed(password)}"
        self.header = "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()


class Token:
    def __init__(self, token):
        self.kind, self.line, self.header = "Token", hashed(token), f"Bearer {token}"


class Acme:
    def __init__(self, folder, memory=True, wsgi=False, port=None, certificates=None, credential=None,
                 broker=None):
        self.folder = Path(folder).resolve()
        self.broker = broker
        self.port = port or free_port()
        self.certificates, self.credential = certificates, credential
        self.url = f"{'https' if certificates else 'http'}://127.0.0.1:{self.port}"
        self.database = "memory" if memory else "tinydb"
        self.wsgi = wsgi
        self.program = None
        self.requests = 0

    def start(self):
        python = interpreter()
        self.folder.mkdir(parents=True, exist_ok=True)
        text = CONFIGURATION.format(folder=self.folder, port=self.port, database=self.database, secret=SECRET, security=self._security(),
                                    mqtt=MQTT.format(port=self.broker.port) if self.broker else "")
        (self.folder / "acme.ini").write_text(text)
        command = [python, "-m", "acmecse", "--headless", "-dir", self.folder, "--config", "acme.ini",
                   "--db-type", self.database, "--no-remote-cse"]
        if self.wsgi:
            command += ["--http-wsgi", "--no-statistics"]
        self.program = Program(command, self.folder / "acme.log", cwd=self.folder)
        # A request that comes while it is still setting up its routes ends it: first let it open its port and settle.
        wait_for(self._listens, READY_SECONDS, "ACME's port")
        time.sleep(SETTLE_SECONDS)
        wait_for(self._ready, READY_SECONDS, "ACME's CSEBase")
        return self

    def _security(self):
        lines = []
        if self.certificates:
            certificate, key = self.certificates.server
            lines += ["useTLS=true", f"caCertificateFile={certificate}", f"caPrivateKeyFile={key}"]
        if self.credential:
            file, kind = self.folder / "credentials", self.credential.kind
            file.write_text(self.credential.line + "\n")
            lines += [f"enable{kind}Auth=true", f"{kind.lower()}AuthFile={file}"]
        return "\n".join(lines)

    def _connection(self):
        if not self.certificates:
            return http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        context = ssl.create_default_context(cafile=self.certificates.ca)
        return http.client.HTTPSConnection("127.0.0.1", self.port, timeout=30, context=context)

    def _listens(self):
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", self.port)) == 0 or self.program.process.poll() is not None

    def _ready(self):
        if self.program.process.poll() is not None:
            raise AssertionError(f"ACME has ended by itself:\n{self.program.tail()}")
        try:
            return self.get(BASE)[0] == 200
        except (OSError, http.client.HTTPException):
            return False

    def kill(self):
        self.program.kill()

    def stop(self):
        return self.program.stop(patience=30)

    def restart(self):
        self.stop()
        return self.start()

    def request(self, method, path, body=None, type=None, originator=ADMIN, **query):
        """(HTTP status, content as Python value); `path` is structured, or an SP-relative id with a leading slash."""
        self.requests += 1
        headers = {"X-M2M-Origin": originator, "X-M2M-RI": f"test-{self.requests}", "X-M2M-RVI": "3",
                   "Accept": "application/json"}
        if self.credential:
            headers["Authorization"] = self.credential.header
        if body is not None:
            headers["Content-Type"] = "application/json" + (f";ty={type}" if type else "")
        target = urllib.parse.quote(("/~" if path.startswith("/") else "/") + path, safe="/~")
        target += "?" + urllib.parse.urlencode(query) if query else ""
        connection = self._connection()
        try:
            connection.request(method, target, None if body is None else json.dumps(body), headers)
            answer = connection.getresponse()
            text = answer.read().decode(errors="replace")
            return answer.status, (json.loads(text) if text.lstrip()[:1] in ("{", "[") else text)
        finally:
            connection.close()

    def get(self, path, originator=ADMIN, **query):
        return self.request("GET", path, originator=originator, **query)

    def resource(self, path, originator=ADMIN):
        """The attributes of a resource; None if it is not there."""
        status, content = self.get(path, originator)
        if status == 404 or (status == 500 and "KeyError" in str(content)):  # half created: ACME cannot say yet what is latest
            return None
        if status != 200:
            raise AssertionError(f"{path}: {status} {content}")
        return next(iter(content.values()))

    def la(self, container):
        """`con` of the latest contentInstance; None if there is none."""
        instance = self.resource(f"{container}/la")
        return None if instance is None else instance.get("con")

    def children(self, path, type=None):
        """The names of what is directly below, sorted; of one resource type, if given."""
        status, content = self.get(path, rcn=6, lvl=1, **({"ty": type} if type else {}))
        if status == 404:
            return []
        if status != 200:
            raise AssertionError(f"{path}: {status} {content}")
        return sorted(each["nm"] for each in content["m2m:rrl"]["rrf"])

    def instances(self, container):
        """(name, con) of the contentInstances, oldest first."""
        status, content = self.get(container, rcn=8, lvl=1, ty=4)
        if status == 404:
            return []
        if status != 200:
            raise AssertionError(f"{container}: {status} {content}")
        found = next(iter(content.values())).get("m2m:cin", [])
        return [(each["rn"], each.get("con")) for each in sorted(found, key=lambda each: (each["ct"], each.get("st", 0)))]
