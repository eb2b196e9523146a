"""Errors of the command line; all are for the person who typed the command."""

from __future__ import annotations


class CliError(Exception):
    """Root of this package's errors. The message is printed as it is."""


class RegistryFileWrong(CliError):
    """Registry files that cannot be read, or have mistakes: the message names each with its file and line."""


class PeopleFileWrong(CliError):
    """A file of people or rosters that cannot be read, or has mistakes: the message names each with its line."""


class FolderNotSet(CliError):
    """A command works on a folder that the settings do not name."""


class NotFound(CliError):
    """What was asked for is not there."""


class PartFailed(CliError):
    """A part did not get ready: the message names it, its trouble and its log."""


class AlreadyRunning(CliError):
    """A punchstream is up in this folder already."""


class WordWrong(CliError):
    """A word of the command line makes no sense; nothing was done."""


class NotAttlog(CliError):
    """A file to be imported holds no attendance rows as text."""
