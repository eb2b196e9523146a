"""What employees, identities and the registry say already, for readers that must know it: connectors.source.Views."""

from __future__ import annotations

from collections.abc import Collection

from runtime.latest_values import latest_values
from runtime.sections import KafkaSettings
from runtime.written_view import WrittenView


class SharedTopic(WrittenView):
    """connectors.source.WrittenTopic: digests in memory, records by reading the topic."""

    def __init__(self, settings: KafkaSettings, topic: str) -> None:
        super().__init__(settings, topic, client_id=f"punchstream-connect-{topic}")
        self._settings = settings

    async def values(self, keys: Collection[bytes]) -> dict[bytes, bytes]:
        client_id = f"punchstream-connect-{self._topic}-values"
        return await latest_values(self._settings, self._topic, keys, client_id=client_id)
