"""What can go wrong with the local stack. A message names what, where and what to do; a command prints it, exits 1."""


class StackError(Exception):
    """Base of all errors of the local stack."""


class ToolMissing(StackError):
    """Java, Maven or npm is not installed, or Java is too old."""


class FetchFailed(StackError):
    """Kafka or ClickHouse could not be downloaded, or what came is not what was pinned."""


class PortTaken(StackError):
    """A port that the stack needs is held by another process, which the message names."""


class AlreadyUp(StackError):
    """Kafka and ClickHouse of this data directory are running already."""


class Busy(StackError):
    """Another command is fetching, starting or stopping the same thing and did not finish in time."""


class StartFailed(StackError):
    """A server ended or did not answer within its deadline; the message ends with the last lines of its log."""


class StopFailed(StackError):
    """A server outlived SIGTERM and SIGKILL."""


class NotOurs(StackError):
    """A directory that was to be used or wiped holds something else."""
