"""A mosquitto (Debian package) of the test's own on free loopback ports.

    broker = Broker(folder).start()                         # broker.port, broker.url: anybody may come
    Broker(folder, certificates=Certificates(folder), user="isthmus", password="s3cret")   # and broker.tls_url, only for who knows
    broker.stop(); broker.start()                           # what it had in memory is lost"""
import shutil
import socket
from pathlib import Path

import registry
from harness import free_port, NotAvailable, Program, wait_for


class Broker:
    def __init__(self, folder, certificates=None, user=None, password=None):
        self.folder = Path(folder).resolve()
        self.folder.mkdir(parents=True, exist_ok=True)
        self.program = None
        self.port, self.tls_port = free_port(), free_port()
        self.url, self.tls_url = f"mqtt://127.0.0.1:{self.port}", f"mqtts://127.0.0.1:{self.tls_port}"
        lines = ["per_listener_settings true", "user root", "log_type all", f"listener {self.port} 127.0.0.1", "allow_anonymous true"]
        if certificates:
            certificate, key = certificates.server
            passwords = self.folder / "passwords"
            passwords.touch(mode=0o600)
            registry.run(["mosquitto_passwd", "-b", passwords, user, password], "a password file (package mosquitto)")
            lines += [f"listener {self.tls_port} 127.0.0.1", f"certfile {certificate}", f"keyfile {key}", "allow_anonymous false",
                      f"password_file {passwords}"]
        (self.folder / "mosquitto.conf").write_text("\n".join(lines) + "\n")

    def start(self):
        program = shutil.which("mosquitto") or shutil.which("mosquitto", path="/usr/sbin:/usr/local/sbin")
        if not program:
            raise NotAvailable("there is no mosquitto (Debian package mosquitto)")
        self.program = Program([program, "-c", self.folder / "mosquitto.conf"], self.folder / "mosquitto.log")
        wait_for(self._listens, 20, "mosquitto's port")
        return self

    def _listens(self):
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", self.port)) == 0

    def stop(self):
        return self.program.stop()
