"""Fetches what the tests need from package registries into .cache, once. Python's standard library only."""
import contextlib
import fcntl
import subprocess

from harness import NotAvailable, ROOT  # noqa: F401, NotAvailable for those who import this module

CACHE = ROOT / ".cache"


@contextlib.contextmanager
def locked(folder):
    """One at a time per folder, over processes."""
    folder.mkdir(parents=True, exist_ok=True)
    with open(folder / "lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield folder


def run(command, what, seconds=600):
    """The command's output; NotAvailable with its last lines when it is missing, fails or takes too long."""
    try:
        done = subprocess.run([str(word) for word in command], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, timeout=seconds)
    except FileNotFoundError:
        raise NotAvailable(f"{what}: there is no program {command[0]}") from None
    except subprocess.TimeoutExpired:
        raise NotAvailable(f"{what}: {command[0]} has not ended within {seconds} s") from None
    text = done.stdout.decode(errors="replace")
    if done.returncode != 0:
        lines = [line for line in text.splitlines() if line.strip()]
        raise NotAvailable(f"{what}: {command[0]} ended with {done.returncode}: " + " | ".join(lines[-8:]))
    return text
