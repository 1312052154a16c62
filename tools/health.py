#!/usr/bin/env python3
"""The containers' health checks: `tools/health.py web|worker|beat` ends with 0 when that process is well."""

import glob
import http.client
import os
import socket
import subprocess
import sys
import time

BEAT_SCHEDULE = os.environ.get("POSTLOAN_BEAT_SCHEDULE", "/tmp/postloan-beat")
BEAT_SILENT_SECONDS = 600


def web() -> bool:
    host = os.environ.get("POSTLOAN_HOSTS", "localhost").split(",")[0]
    connection = http.client.HTTPConnection("127.0.0.1", int(os.environ.get("PORT", "8000")), timeout=5)
    connection.request("GET", "/livez", headers={"Host": host, "X-Forwarded-Proto": "https"})
    return connection.getresponse().status == 200


def worker() -> bool:
    name = f"celery@{socket.gethostname()}"
    ask = [sys.executable, "-m", "celery", "-A", "postloan", "inspect", "ping", "-t", "8", "-d", name]
    return subprocess.run(ask, capture_output=True, check=False).returncode == 0


def beat() -> bool:
    """Beat writes its schedule every three minutes."""
    times = [os.path.getmtime(name) for name in glob.glob(f"{BEAT_SCHEDULE}*")]
    return bool(times) and time.time() - max(times) < BEAT_SILENT_SECONDS


if __name__ == "__main__":
    try:
        well = {"web": web, "worker": worker, "beat": beat}[sys.argv[1]]()
    except OSError as error:
        sys.exit(str(error))
    sys.exit(0 if well else 1)
