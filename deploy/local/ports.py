"""Is a port free, and if not: who holds it."""

import socket

import psutil

from deploy.local.errors import PortTaken

HOST = "127.0.0.1"


def is_free(port: int) -> bool:
    """True when a server could listen on 127.0.0.1:port now."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # as servers do: TIME_WAIT does not count as taken
        try:
            probe.bind((HOST, port))
        except OSError:
            return False
    return True


def accepts(port: int, timeout_s: float = 1.0) -> bool:
    """True when something on 127.0.0.1:port takes a connection."""
    try:
        socket.create_connection((HOST, port), timeout_s).close()
    except OSError:
        return False
    return True


def holder(port: int) -> str:
    """The process that listens on `port`, in words: name, pid and command line."""
    unknown = "a process that this user may not see"
    try:
        pids = {
            c.pid
            for c in psutil.net_connections("tcp")
            if c.status == psutil.CONN_LISTEN and c.laddr and c.laddr.port == port and c.pid is not None
        }
        for pid in pids:
            process = psutil.Process(pid)
            return f"{process.name()}, pid {pid} ({' '.join(process.cmdline())[:200]})"
    except psutil.Error:
        return unknown
    return unknown


def require_free(port: int, purpose: str, setting: str) -> None:
    """Raise PortTaken, naming the holder, unless a server could listen on `port`.

    `purpose` is what the port is for, `setting` how to choose another one.
    """
    if not is_free(port):
        raise PortTaken(
            f"port {port}, wanted for {purpose}, is taken by {holder(port)}; stop it or choose another port ({setting})"
        )
