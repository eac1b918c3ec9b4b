#!/usr/bin/env python3
"""The program as a user meets it: faults in configuration and rules, bad input from devices and the CSE, the demo."""
import json
import os
import resource
import signal
import socket
import subprocess
import threading
import time
import urllib.error
import urllib.request
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from harness import balanced, BUILD, free_port, get_json, Isthmus, Program, run_tests, TryOutCse, wait_for

PROGRAM = BUILD / "isthmus"


def run(*words, **options):
    return subprocess.run([PROGRAM, *words], capture_output=True, text=True, timeout=30, **options)


def faults_in_a_configuration_are_all_told_at_once(folder):
    file = folder / "broken.json"
    file.write_text('{\n  "lwm2m": { "coap": "udp://x" },\n  "onem2m": { "cseid": "/id-in" },\n  "outbox": { "max": "many" }\n}\n')
    for verb in ("run", "check"):
        done = run(verb, "-c", file)
        assert done.returncode == 78, done
        for part in (f"{file}:2:", "/lwm2m/coap", f"{file}:3:", "/onem2m/cseid", 'did you mean "cseId"?', f"{file}:4:", "/outbox/max"):
            assert part in done.stderr, (part, done.stderr)


def faults_in_a_rule_file_are_told_with_line_and_pointer(folder):
    rules = folder / "rules.json"
    rules.write_text('{ "set": "s", "rules": [\n  { "name": "a", "match": { "objekt": 3303 } }\n] }\n')
    done = run("run", "--set", f"mapping.files={rules}", "--set", f"db.path={folder}/x.db")
    assert done.returncode == 78, done
    assert f"{rules}:2:" in done.stderr and "/rules/0/match/objekt" in done.stderr and "object" in done.stderr, done.stderr
    done = run("mapping", "lint", str(rules))
    assert done.returncode == 1 and "/rules/0/match/objekt" in done.stdout, done


def rules_of_one_name_in_two_files_are_a_fault(folder):
    (folder / "rules").mkdir()
    for name in ("a.json", "b.json"):
        (folder / "rules" / name).write_text('{ "rules": [\n  { "name": "same", "match": { "object": 3303 } }\n] }\n')
    for verb in ("run", "check"):
        done = run(verb, "--set", f"mapping.files={folder}/rules", "--set", f"db.path={folder}/x.db")
        assert done.returncode == 78, done
        for part in ('"same" is already the name', f"{folder}/rules/a.json:2:3 /rules/0", f"{folder}/rules/b.json:2:3 /rules/0"):
            assert part in done.stderr, (part, done.stderr)


def what_stands_in_the_way_of_a_start_is_named_with_the_key_to_change(folder):
    (folder / "text.db").write_text("no database, though as long as the head of one would be, which is a hundred bytes: " + "x" * 60)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as udp, socket.socket() as tcp:
        udp.bind(("127.0.0.1", 0))
        tcp.bind(("127.0.0.1", 0))
        tcp.listen()
        rows = [(f"db.path={folder}/none/deep/x.db", 78, ["db.path", f"{folder}/none/deep"]),
                (f"db.path={folder}/text.db", 78, ["db.path", f"{folder}/text.db"]),
                (f"lwm2m.coap=coap://127.0.0.1:{udp.getsockname()[1]}", 69, ["another isthmus", str(udp.getsockname()[1])]),
                (f"status.listen=127.0.0.1:{tcp.getsockname()[1]}", 69, ["another instance", "status.listen"]),
                ("mapping.files=/no/rules", 78, ["/no/rules"]), ("lwm2m.objects=/no/objects", 78, ["/no/objects"]),
                ("onem2m.tls.ca=/no/ca.pem", 78, ["/no/ca.pem", "/onem2m/tls"]), ("status.tokens=x", 78, ["status.tokens"])]
        for setting, code, parts in rows:
            base = [f"db.path={folder}/made/isthmus.db", "status.listen=127.0.0.1:0", "onem2m.cse=https://127.0.0.1:1", setting]
            done = run("run", *[word for one in base for word in ("--set", one)])
            assert done.returncode == code, (setting, done)
            for part in parts:
                assert part in done.stderr, (setting, part, done.stderr)
            if "db.path" not in setting and code == 78:
                done = run("check", *[word for one in base for word in ("--set", one)])
                assert done.returncode == 78 and all(part in done.stderr for part in parts), (setting, done)


def wrong_words_end_with_64(_):
    for words in (["nothing"], ["run", "--wrong"], ["mapping", "lint"], ["demo", "--cse", "127.0.0.1:0", "--status", "x"],
                  ["sim", "--server", "http://x"]):
        assert run(*words).returncode == 64, words
    assert run("--help").returncode == 0


def a_second_instance_is_kept_off_the_database(folder):
    cse = TryOutCse(folder)
    isthmus = Isthmus(folder, cse.url)
    done = run("run", "--set", f"db.path={folder}/isthmus.db")
    assert done.returncode == 69 and "use" in done.stderr, done
    assert isthmus.stop() == 0
    cse.program.stop()


def bad_datagrams_are_answered_as_coap_asks(folder):
    cse = TryOutCse(folder)
    isthmus = Isthmus(folder, cse.url)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as device:
        device.settimeout(5)
        device.connect(("127.0.0.1", isthmus.coap_port))

        def ask(hexadecimal):
            device.send(bytes.fromhex(hexadecimal))
            return device.recv(2000)

        assert ask("40001234")[0] >> 4 & 3 == 3, "an empty CON is a ping: RST"
        assert ask("44021235aabbccdd" + "f000")[0] >> 4 & 3 == 3, "a reserved option delta: RST"
        broken_links = "44021236aabbccdd" + "b27264" + "1128" + "3465703d78" + "ff" + b"</1/0".hex()
        answer = ask(broken_links)
        assert answer[1] == 0x80, f"broken links: 4.00, not {answer.hex()}"
        critical = "44021237aabbccdd" + "910161"
        answer = ask(critical)
        assert answer[1] in (0x82, 0x00), f"an unknown critical option: 4.02, not {answer.hex()}"
        for garbage in ("", "ff", "40", "6000", os.urandom(60).hex(), "4fffffff" + "00" * 30):
            device.send(bytes.fromhex(garbage))
        assert ask("40001239")[0] >> 4 & 3 == 3, "it still answers"
    assert isthmus.status()["counters"]["coap_malformed_total"] > 0
    isthmus.stop()
    cse.program.stop()


class Nonsense(BaseHTTPRequestHandler):
    """A CSE that answers with something that is none of oneM2M's answers, a different one each time."""
    answers = [(200, b"<html>hello</html>"), (201, b""), (500, b"{"), (200, b'{"m2m:cb": 5}'), (404, b"\xff\xfe"), (403, b"[]")]
    count = 0

    def do_GET(self):
        self.rfile.read(int(self.headers.get("Content-Length", 0)))
        Nonsense.count += 1
        status, body = self.answers[Nonsense.count % len(self.answers)]
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    do_POST = do_PUT = do_DELETE = do_GET

    def log_message(self, *_):
        pass


def a_cse_that_talks_nonsense_breaks_nothing(folder):
    server = ThreadingHTTPServer(("127.0.0.1", 0), Nonsense)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    isthmus = Isthmus(folder, f"http://127.0.0.1:{server.server_port}")
    fleet = subprocess.Popen([PROGRAM, "sim", "--server", f"coap://127.0.0.1:{isthmus.coap_port}", "--devices", "5", "--rate", "20",
                              "--duration", "8"], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    out, _ = fleet.communicate(timeout=60)
    stats = json.loads(out)
    assert stats["registrations"] >= 5 and stats["failed"] == 0, stats
    assert Nonsense.count > 5
    account = isthmus.accounting()
    assert balanced(account) and account["received"] > 50, account
    assert isthmus.stop() == 0
    server.shutdown()


def the_demo_shows_five_devices_and_ends_cleanly(folder):
    ports = [free_port(), free_port(), free_port(socket.SOCK_DGRAM)]
    with open(folder / "demo.log", "wb") as log:
        demo = subprocess.Popen([PROGRAM, "demo", "--status", f"127.0.0.1:{ports[0]}", "--cse", f"127.0.0.1:{ports[1]}", "--coap",
                                 f"127.0.0.1:{ports[2]}"], stdout=log, stderr=log, env={**os.environ, "TMPDIR": str(folder)})
    try:
        url = f"http://127.0.0.1:{ports[0]}"

        def going():
            try:
                status, account = get_json(f"{url}/api/v1/status"), get_json(f"{url}/api/v1/accounting")
            except OSError:
                return False
            return status["devices"]["registered"] == 5 and status["cse"]["reachable"] and account["delivered"] > 100

        began = time.monotonic()
        wait_for(going, 60, "five devices with values in the CSE")
        print(f"five devices and 100 values after {time.monotonic() - began:.1f} s")
    finally:
        demo.send_signal(signal.SIGINT)
        assert demo.wait(20) == 0
    assert not list(folder.glob("isthmus-demo-*")), "it left something behind"


def a_full_disk_is_told_and_nothing_is_lost(folder):
    """While nothing can be written nothing is acknowledged; whoever asks is answered, and it goes on by itself."""
    cse = TryOutCse(folder)
    isthmus = Isthmus(folder, cse.url)
    resource.prlimit(isthmus.program.process.pid, resource.RLIMIT_FSIZE, (1 << 20, resource.RLIM_INFINITY))
    sim = Program([BUILD / "isthmus", "sim", "--server", f"coap://127.0.0.1:{isthmus.coap_port}", "--devices", "300", "--rate", "2000",
                   "--duration", "20"], folder / "sim.log")

    def code(path):
        try:
            with urllib.request.urlopen(isthmus.url + path, timeout=3) as answer:
                return answer.status
        except urllib.error.HTTPError as error:
            return error.code

    wait_for(lambda: code("/readyz") == 503, 30, "it says that it cannot write")
    assert code("/livez") == 200
    assert "cannot write" in isthmus.program.log.read_text()
    resource.prlimit(isthmus.program.process.pid, resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
    wait_for(lambda: code("/readyz") == 200, 30, "it writes again")
    wait_for(lambda: isthmus.status()["outbox"]["pending"] == 0 and isthmus.accounting()["delivered"] > 300, 60, "values arrive")
    sim.stop()
    assert balanced(isthmus.accounting())
    isthmus.stop()
    cse.program.stop()


TESTS = [faults_in_a_configuration_are_all_told_at_once, faults_in_a_rule_file_are_told_with_line_and_pointer,
         rules_of_one_name_in_two_files_are_a_fault, what_stands_in_the_way_of_a_start_is_named_with_the_key_to_change, wrong_words_end_with_64,
         a_second_instance_is_kept_off_the_database, bad_datagrams_are_answered_as_coap_asks, a_cse_that_talks_nonsense_breaks_nothing,
         the_demo_shows_five_devices_and_ends_cleanly, a_full_disk_is_told_and_nothing_is_lost]

if __name__ == "__main__":
    run_tests({test.__name__: test for test in TESTS})
