"""The ClickHouse process: loads the library and lets it serve until SIGTERM. Run as a script; imports nothing of ours.

The library holds the clickhouse-local program. Its query opens the listeners and then reads lines from a FIFO that
nobody writes to, which keeps it serving. This process holds the FIFO's writing end itself, so that no other process has
to live as long; on SIGTERM or SIGINT it closes that end, the query ends, and ClickHouse ends as after any other query.
"""

import argparse
import ctypes
import os
import signal
import threading
from pathlib import Path

STOP = {signal.SIGTERM, signal.SIGINT}
SERVE = "SELECT * FROM file('keep-open', 'LineAsString', 'line String') FORMAT Null"


def serve(library: Path, config: Path, http_port: int, tcp_port: int | None) -> None:
    """Serve HTTP (and the native protocol where `tcp_port` is given) on loopback until a signal in STOP.

    The data lies in `data` of the working directory, which nobody else may use.
    """
    keep_open = Path("keep-open")  # relative, here and below: no path has to be quoted inside a query
    keep_open.unlink(missing_ok=True)
    os.mkfifo(keep_open, 0o600)
    writing_end = os.open(keep_open, os.O_RDWR)  # with O_WRONLY it would wait for a reader
    # Blocked before any thread exists, so every thread of the library inherits it and only sigwait() gets the signal.
    signal.pthread_sigmask(signal.SIG_BLOCK, STOP)

    def close_on_signal() -> None:
        signal.sigwait(STOP)
        os.close(writing_end)

    threading.Thread(target=close_on_signal, daemon=True).start()
    listen = "SYSTEM START LISTEN HTTP;" + ("" if tcp_port is None else "SYSTEM START LISTEN TCP;")
    arguments = ["clickhouse-local", f"--config-file={config}", "--log-level=warning", "--path=data"]
    arguments += [f"--query={listen}{SERVE}", "--", "--listen_host=127.0.0.1", f"--http_port={http_port}"]
    arguments += [] if tcp_port is None else [f"--tcp_port={tcp_port}"]
    argv = (ctypes.c_char_p * (len(arguments) + 1))(*(argument.encode() for argument in arguments), None)
    program = ctypes.CDLL(str(library)).chdb_query_cmdline
    program.restype = None  # what it returns says nothing; failures are printed
    program(len(arguments), argv)


def main() -> None:
    """Read the command line that clickhouse.py writes."""
    parser = argparse.ArgumentParser(description="ClickHouse of the local stack")
    parser.add_argument("--library", type=Path, required=True)
    parser.add_argument("--config", type=Path, required=True)
    parser.add_argument("--http-port", type=int, required=True)
    parser.add_argument("--tcp-port", type=int)
    chosen = parser.parse_args()
    serve(chosen.library, chosen.config, chosen.http_port, chosen.tcp_port)


if __name__ == "__main__":
    main()
