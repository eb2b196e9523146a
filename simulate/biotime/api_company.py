"""The company that a cloud server shows with its objects."""

from uuid import NAMESPACE_URL, uuid5

from simulate.biotime.people import Record
from simulate.biotime.settings import BioTimeSettings


class Company:
    """id: a UUID made from the name."""

    def __init__(self, settings: BioTimeSettings) -> None:
        self._cloud = settings.cloud
        self.id = str(uuid5(NAMESPACE_URL, settings.company))
        self.name = settings.company

    def on(self, shown: Record) -> Record:
        """The object, with its company in the cloud."""
        return {**shown, "company": {"id": self.id, "name": self.name}} if self._cloud else shown
