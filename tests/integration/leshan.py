"""A LwM2M client of Eclipse Leshan for tests.

    device = Leshan(folder, "coap://127.0.0.1:5683", "urn:imei:1", lifetime=60)
    device.start()               # NotAvailable, with the reason, where Maven Central cannot be reached
    device.wait_for("registered")
    device.command("update"); device.stop()      # de-registers; kill() does not

Leshan's demo client where Maven finds one (2.0.0-M17 or newer), else leshan/LeshanTestClient.java on Leshan's client library:
`flavour` says which ("demo" or "library"). Both have objects 0, 1, 3, 6, 3303 (a temperature that changes every 2 s) and 3442
and take the command `update`; each has its own further ones. Python's standard library only; needs java and mvn."""
import json
import re
import shutil
import subprocess
from pathlib import Path

import harness
import registry
from registry import NotAvailable  # noqa: F401, for those who import this module

VERSIONS = "[2.0.0-M17,2.1)"
DEMO, LIBRARY = "leshan-demo-client", "leshan-tl-cf-client-coap"
DEMO_CLASS, LIBRARY_CLASS = "org.eclipse.leshan.demo.client.LeshanClientDemo", "LeshanTestClient"
SOURCE = Path(__file__).resolve().parent / "leshan" / f"{LIBRARY_CLASS}.java"
OBJECTS = harness.ROOT / "config" / "objects" / "ipso.objects"
# What Maven says of an artifact that a registry which answers does not have.
NOT_THERE = re.compile("No versions available|Could not find artifact|was not found in")

PROJECT = """<project>
  <modelVersion>4.0.0</modelVersion>
  <groupId>isthmus.tests</groupId>
  <artifactId>{artifact}-classpath</artifactId>
  <version>1</version>
  <packaging>pom</packaging>
  <dependencies>
    <dependency>
      <groupId>org.eclipse.leshan</groupId>
      <artifactId>{artifact}</artifactId>
      <version>{versions}</version>
    </dependency>
  </dependencies>
</project>
"""


def fetch(cache, artifact):
    """Copies the artifact and what it needs at run time into a folder of the cache."""
    home = cache / artifact
    if (home / "complete").exists():
        return home
    shutil.rmtree(home, ignore_errors=True)
    home.mkdir()
    (home / "pom.xml").write_text(PROJECT.format(artifact=artifact, versions=VERSIONS))
    registry.run(["mvn", "--batch-mode", "--quiet", "--update-snapshots", "-Dstyle.color=never", "--file", home / "pom.xml",
                  "dependency:copy-dependencies", f"-DoutputDirectory={home / 'lib'}", "-DincludeScope=runtime"],
                 f"{artifact} from Maven Central")
    (home / "complete").touch()
    return home


def compile_client(home):
    registry.run(["javac", "-version"], "a compiler for the client on Leshan's library (package default-jdk-headless)")
    subprocess.run(["javac", "-cp", f"{home / 'lib'}/*", "-d", home / "classes", SOURCE], check=True)


def demo(cache):
    """The demo client; None where the registry answers that it does not have it."""
    try:
        return {"flavour": "demo", "home": str(fetch(cache, DEMO))}
    except NotAvailable as missing:
        if NOT_THERE.search(str(missing)):
            return None
        raise


def resolved(flavour=None):
    """Where the client is: {"flavour", "home"}; fetched at first use (20 s each for the demo and for the library)."""
    with registry.locked(registry.CACHE / "leshan") as cache:
        note = cache / ("library.json" if flavour == "library" else "resolved.json")
        if not note.exists():
            registry.run(["java", "-version"], "Java for Leshan (package default-jre-headless)")
            found = demo(cache) if flavour != "library" else None
            found = found or {"flavour": "library", "home": str(fetch(cache, LIBRARY))}
            note.write_text(json.dumps(found, indent=1))
        found = json.loads(note.read_text())
        home = Path(found["home"])
        classes = home / "classes" / f"{LIBRARY_CLASS}.class"
        if found["flavour"] == "library" and (not classes.exists() or classes.stat().st_mtime < SOURCE.stat().st_mtime):
            compile_client(home)
        return found


class Leshan:
    def __init__(self, folder, server, endpoint, lifetime=300, address=None, options=(), flavour=None):
        """`address`: the local one to send from. `options`: further ones, as the demo client takes them. `flavour`: "library" for
        its commands, where the demo's would not do."""
        self.folder = Path(folder)
        self.arguments = ["-u", server, "-n", endpoint, "-l", str(lifetime)]
        self.arguments += ["-lh", address] if address else []
        self.arguments += list(options)
        self.endpoint = endpoint
        self.flavour = flavour
        self.program = None
        self.read_from = 0

    def start(self):
        found = resolved(self.flavour)
        self.flavour = found["flavour"]
        home = Path(found["home"])
        if self.flavour == "demo":
            launch = ["-cp", f"{home / 'lib'}/*", DEMO_CLASS]
        else:
            launch = ["-cp", f"{home / 'classes'}:{home / 'lib'}/*", LIBRARY_CLASS, "-m", OBJECTS]
        self.folder.mkdir(parents=True, exist_ok=True)
        log = self.folder / f"leshan-{re.sub('[^0-9A-Za-z_-]', '_', self.endpoint)}.log"
        self.read_from = log.stat().st_size if log.exists() else 0
        # One core and a small heap: many clients share the machine. Stdin stays open: at its end the client ends.
        java = ["java", "-Xmx96m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1"]
        self.program = harness.Program(java + launch + self.arguments, log, stdin=subprocess.PIPE)
        return self

    def output(self):
        """What it has printed since its last start."""
        return self.program.log.read_bytes()[self.read_from:].decode(errors="replace")

    def wait_for(self, text, seconds=60):
        """Waits until it has printed the text, in whatever case; "registered" is printed by both flavours."""
        def printed():
            if text.lower() in self.output().lower():
                return True
            if self.program.process.poll() is not None:
                raise AssertionError(f"the Leshan client has ended:\n{self.program.tail()}")
            return False
        return harness.wait_for(printed, seconds, f"the Leshan client to print {text!r}")

    def command(self, line):
        self.program.process.stdin.write(line.encode() + b"\n")
        self.program.process.stdin.flush()

    def stop(self):
        """Ends it in order: it de-registers first."""
        code = self.program.stop(patience=30)
        self.program.process.stdin.close()
        return code

    def kill(self):
        self.program.kill()
        self.program.process.stdin.close()
