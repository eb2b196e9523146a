"""Errors of the command line; all are for the person who typed the command."""

from __future__ import annotations


class CliError(Exception):
    """Root of this package's errors. The message is printed as it is."""


class RegistryFileWrong(CliError):
    """Registry files that cannot be read, or have mistakes: the message names each with its file and line."""


class KeyFileRefused(CliError):
    """A key file cannot be made; one that is there is never overwritten."""


class NotFound(CliError):
    """What was asked for is not there."""


class PartFailed(CliError):
    """A part did not get ready: the message names it, its trouble and its log."""


class AlreadyRunning(CliError):
    """A punchstream is up in this folder already."""
