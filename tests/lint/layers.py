#!/usr/bin/env python3
"""Tries includes that break the direction of the layers, with the compiler's own flags of each module: none may compile.

usage: layers.py BUILD_FOLDER
"""
import json
import re
import shlex
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
# A module's folder, a header that it may include, and headers that it may not.
CASES = [
    ("lwm2m/model", "ipe/base/result.h", ["lwm2m/codec/codec.h", "onem2m/model/primitive.h", "mapping/engine/engine.h"]),
    ("lwm2m/codec", "lwm2m/model/path.h", ["lwm2m/server/server.h", "lwm2m/coap/endpoint.h", "onem2m/client/binding.h"]),
    ("lwm2m/coap", "ipe/base/clock.h", ["lwm2m/server/server.h", "lwm2m/coap/udp/udp_carrier.h", "lwm2m/coap/dtls/dtls_carrier.h"]),
    ("lwm2m/server", "lwm2m/codec/codec.h", ["ipe/proxy/proxy.h", "onem2m/model/primitive.h", "lwm2m/coap/udp/udp_carrier.h",
                                                "lwm2m/coap/dtls/dtls_carrier.h"]),
    ("onem2m/client", "onem2m/model/primitive.h", ["onem2m/http/http_binding.h", "lwm2m/model/path.h"]),
    ("mapping/engine", "mapping/rules/rule.h", ["ipe/proxy/journal.h", "db/sqlite/connection.h"]),
    ("ipe/proxy", "mapping/engine/engine.h", ["db/stores/sqlite_journal.h", "onem2m/http/http_binding.h", "ipe/status/status_source.h"]),
    ("db/stores", "ipe/proxy/journal.h", ["onem2m/http/http_binding.h", "ipe/app/loop.h"]),
    ("ipe/status", "ipe/base/result.h", ["ipe/proxy/proxy.h", "lwm2m/server/server.h"]),
]


def flags_of(commands, folder):
    for entry in commands:
        path = Path(entry["file"])
        if path.parent == ROOT / folder:
            words = shlex.split(entry["command"])
            while words and "ccache" in words[0]:
                words.pop(0)
            drop = re.compile(r"^(-o|-c|-MD|-MT|-MF)$")
            kept, skip = [], False
            for word in words[:]:
                if skip:
                    skip = False
                elif drop.match(word):
                    skip = word in ("-o", "-MT", "-MF")
                elif word != entry["file"] and not word.endswith(".o"):
                    kept.append(word)
            return kept, entry["directory"]
    return None, None


def compiles(flags, folder, header):
    done = subprocess.run([*flags, "-fsyntax-only", "-x", "c++", "-"], input=f'#include "{header}"\n', cwd=folder, text=True,
                          capture_output=True)
    return done.returncode == 0, done.stderr


def main():
    commands = json.loads((Path(sys.argv[1]) / "compile_commands.json").read_text())
    failures = 0
    for module, legal, illegal in CASES:
        flags, folder = flags_of(commands, module)
        if flags is None:
            print(f"FAIL {module}: has no source in compile_commands.json")
            failures += 1
            continue
        ok, err = compiles(flags, folder, legal)
        if not ok:
            print(f"FAIL {module} -> {legal}: must compile\n{err}")
            failures += 1
        for header in illegal:
            if not (ROOT / header).is_file():
                print(f"FAIL {header} is not there: the case proves nothing")
                failures += 1
            elif compiles(flags, folder, header)[0]:
                print(f"FAIL {module} -> {header}: compiles, and must not")
                failures += 1
            else:
                print(f"ok   {module} -> {header}: refused")
    print(f"{len(CASES)} modules tried, {failures} failures")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
