"""The programs of a bench run: started, pinned (server on core 0, everything else on core 1), asked and ended."""
import contextlib
import http.client
import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request
from pathlib import Path

SERVER_CORE, LOAD_CORE = 0, 1
TICKS = os.sysconf("SC_CLK_TCK")


def say(text):
    print(f"bench: {text}", file=sys.stderr, flush=True)


def free_port(kind=socket.SOCK_STREAM):
    with socket.socket(socket.AF_INET, kind) as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def get_json(url, timeout=5):
    with urllib.request.urlopen(url, timeout=timeout) as answer:
        return json.load(answer)


class Machine:
    """What the machine did beside the bench: a figure from a time with much of it means little."""

    def __init__(self, *programs):
        self.programs = programs
        self.total, self.busy, self.stolen = self.read()
        self.own = self.own_seconds()

    @staticmethod
    def read():
        with open("/proc/stat", encoding="ascii") as file:
            user, nice, system, *rest = (int(word) for word in file.readline().split()[1:9])
        return user + nice + system + sum(rest), (user + nice + system) / TICKS, rest[4]

    def own_seconds(self):
        return sum(program.cpu_seconds() for program in self.programs) + time.process_time()

    def since(self):
        """`others_busy`: cores that processes of others took; `steal`: the share that the hypervisor kept."""
        total, busy, stolen = self.read()
        ticks = max(1, total - self.total)
        others = busy - self.busy - (self.own_seconds() - self.own)
        return {"others_busy": round(max(0.0, others * TICKS * os.cpu_count() / ticks), 2),
                "steal": round((stolen - self.stolen) / ticks, 3)}


class Folder:
    def __init__(self, parent):
        self.path = Path(tempfile.mkdtemp(dir=parent))

    def __enter__(self):
        return self.path

    def __exit__(self, *_):
        shutil.rmtree(self.path, ignore_errors=True)


class Program:
    """One process on one core; ended with the block."""

    def __init__(self, core, *command, **popen):
        self.process = subprocess.Popen(["taskset", "-c", str(core), *map(str, command)], text=True, **popen)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()

    def stop(self, patience=30):
        if self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(patience)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
        for pipe in (self.process.stdin, self.process.stdout):
            if pipe:
                pipe.close()

    def cpu_seconds(self):
        with open(f"/proc/{self.process.pid}/stat", encoding="ascii") as file:
            fields = file.read().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / TICKS

    def resident_bytes(self):
        with open(f"/proc/{self.process.pid}/status", encoding="ascii") as file:
            for line in file:
                if line.startswith("VmRSS:"):
                    return int(line.split()[1]) * 1024
        return 0

    def resident_bytes_at_rest(self, longest=20):
        """Once it has not changed for two seconds: what a burst left free is given back a moment after it."""
        deadline, size, since = time.monotonic() + longest, 0, time.monotonic()
        while time.monotonic() < min(deadline, since + 2):
            now = self.resident_bytes()
            if now != size:
                size, since = now, time.monotonic()
            time.sleep(0.1)
        return size

    @contextlib.contextmanager
    def watched_memory(self):
        class Watch:
            peak = 0

        watch, over = Watch(), threading.Event()

        def look():
            while not over.wait(0.2):
                watch.peak = max(watch.peak, self.resident_bytes())

        thread = threading.Thread(target=look)
        thread.start()
        try:
            yield watch
        finally:
            over.set()
            thread.join()

    def read_port(self):
        return json.loads(self.process.stdout.readline())["port"]


class Echo(Program):
    def __init__(self, tools):
        super().__init__(SERVER_CORE, tools / "tests/bench/isthmus-load", "echo", stdout=subprocess.PIPE)
        self.port = self.read_port()


class Load(Program):
    """The load generator, told its steps one by one."""

    PROGRAM, LAST = ("isthmus-load", "run"), ("-",)

    def __init__(self, tools, port, devices):
        name, *words = self.PROGRAM
        super().__init__(LOAD_CORE, tools / "tests/bench" / name, *words, "--server", f"127.0.0.1:{port}", "--devices", devices,
                         *self.LAST, stdin=subprocess.PIPE, stdout=subprocess.PIPE)

    def step(self, text, patience=900):
        guard = threading.Timer(patience, self.process.kill)
        guard.start()
        try:
            self.process.stdin.write(text + "\n")
            self.process.stdin.flush()
            line = self.process.stdout.readline()
        finally:
            guard.cancel()
        if not line:
            raise RuntimeError(f"the load generator ended during: {text}")
        return json.loads(line)


class DtlsLoad(Load):
    """The same over DTLS; what its devices are and how they prove it: dtls_load.cpp."""

    PROGRAM, LAST = ("dtls_load",), ()

    @staticmethod
    def credentials(devices):
        return [(f"bench-{number}", (number + 1).to_bytes(16, "big").hex()) for number in range(devices)]


class Sink(Program):
    def __init__(self, tools, port=0, trace=None):
        extra = ["--trace", trace] if trace else []
        super().__init__(LOAD_CORE, tools / "tests/bench/bench_sink", "--port", port, *extra, stdout=subprocess.PIPE)
        self.port = self.read_port()

    def counts(self):
        return get_json(f"http://127.0.0.1:{self.port}/sink")

    def drain_rate(self, expected, longest=120):
        """contentInstances by second, from the first to arrive until 95 % are there: neither the wait for a retry nor the tail counts."""
        deadline = time.monotonic() + longest
        start = first = None
        while time.monotonic() < deadline:
            count, now = self.counts()["instances"], time.monotonic()
            if count > 0 and start is None:
                start, first = now, count
            if count >= expected * 0.95:
                break
            time.sleep(0.2)  # asking costs the sink's core something
        if start is None or now <= start:
            return 0.0, 0.0
        return round((count - first) / (now - start), 1), round(now - start, 3)


def post_limit(tools, port, connections, seconds, targets):
    command = ["taskset", "-c", str(SERVER_CORE), str(tools / "tests/bench/post_limit"), "--url", f"http://127.0.0.1:{port}",
               "--connections", str(connections), "--seconds", str(seconds), "--targets", str(targets)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=seconds + 60, check=False)
    if not done.stdout:
        raise RuntimeError(f"post_limit: {done.stderr}")
    return json.loads(done.stdout)


def speed_of(tools, program, seconds):
    command = ["taskset", "-c", str(SERVER_CORE), str(tools / "tests/bench" / program), str(seconds)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=600, check=False)
    if done.returncode:
        raise RuntimeError(f"{program}: {done.stderr}")
    return json.loads(done.stdout)


def codec_speed(tools, seconds):
    """By format and sample: bytes, records, and MB/s and ns per record of decode and encode."""
    return speed_of(tools, "codec_speed", seconds)


def mapping_speed(tools, seconds):
    """ns per reading by the number of rules, and ms to load the largest set."""
    return speed_of(tools, "mapping_speed", seconds)


class Sim(Program):
    """Simulated devices: complete LwM2M clients, which answer what the server asks."""

    def __init__(self, tools, coap_port, devices):
        super().__init__(LOAD_CORE, tools / "isthmus", "sim", "--server", f"coap://127.0.0.1:{coap_port}", "--devices", devices, "--endpoint", "sim-",
                         "--lifetime", 3600, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


class ReadLoad:
    """Reads over the REST API, one under way on each connection; without a prefix the path itself is asked."""

    def __init__(self, tools, port):
        self.command = ["taskset", "-c", str(LOAD_CORE), str(tools / "tests/bench/read_load"), str(port)]
        self.spent = 0.0

    def run(self, connections, seconds, devices, path, prefix="sim-"):
        words = [*self.command, str(connections), str(seconds), str(devices), prefix, path]
        out = json.loads(subprocess.run(words, capture_output=True, text=True, timeout=seconds + 60, check=True).stdout)
        self.spent += out.pop("cpu_s")
        return out

    def cpu_seconds(self):
        return self.spent


class Isthmus(Program):
    def __init__(self, tools, folder, cse_port, secure=False):
        self.coap_port, self.status_port = free_port(socket.SOCK_DGRAM), free_port()
        self.coaps_port = free_port(socket.SOCK_DGRAM) if secure else None
        config = {
            "lwm2m": {"coap": f"coap://127.0.0.1:{self.coap_port}"} | ({"coaps": f"coaps://127.0.0.1:{self.coaps_port}"} if secure else {}),
            "onem2m": {"cse": f"http://127.0.0.1:{cse_port}"},
            "db": {"path": str(folder / "isthmus.db"), "durability": "power"},
            # Far away: what is measured is the way there, not what happens at its end.
            "outbox": {"max": 100_000_000, "high": 90_000_000, "low": 80_000_000},
            "status": {"listen": f"127.0.0.1:{self.status_port}"},
            "log": {"level": "warn"},
        }
        (folder / "isthmus.json").write_text(json.dumps(config))
        self.log = folder / "isthmus.log"
        with open(self.log, "wb") as log:
            super().__init__(SERVER_CORE, tools / "isthmus", "run", "-c", folder / "isthmus.json", stdout=log, stderr=log)
        self.wait_until_it_answers()

    def wait_until_it_answers(self):
        deadline = time.monotonic() + 20
        while time.monotonic() < deadline:
            if self.process.poll() is not None:
                raise RuntimeError(f"isthmus ended at its start:\n{self.log.read_text()}")
            with contextlib.suppress(OSError, ValueError):
                return self.status()
            time.sleep(0.05)
        self.stop()
        raise RuntimeError(f"isthmus does not answer:\n{self.log.read_text()}")

    def status(self):
        return get_json(f"http://127.0.0.1:{self.status_port}/api/v1/status", timeout=30)

    def give_keys(self, credentials):
        """Each of (name, key in hexadecimal digits): the endpoint and its identity have the same name."""
        connection = http.client.HTTPConnection("127.0.0.1", self.status_port, timeout=30)
        for name, key in credentials:
            connection.request("PUT", f"/api/v1/credentials/{name}", json.dumps({"identity": name, "key": key}),
                               {"Content-Type": "application/json"})
            answer = connection.getresponse()
            answer.read()
            if answer.status != 204:
                raise RuntimeError(f"no key for {name}: {answer.status}")
        connection.close()

    def accounting(self):
        return get_json(f"http://127.0.0.1:{self.status_port}/api/v1/accounting", timeout=30)

    def wait_for_empty_outbox(self, longest):
        deadline = time.monotonic() + longest
        while time.monotonic() < deadline:
            status = self.status()
            if status["outbox"]["pending"] == 0 and not status["cse"].get("tree_jobs", 0):
                return True
            time.sleep(0.1)
        say(f"the outbox was not empty within {longest} s: {status['outbox']}")
        return False
