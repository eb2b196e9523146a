"""Which sources are this worker's: its membership in the consumer group on the topic connectors.state.

Nothing is consumed and no offset committed: Kafka's group tells who lives, the fenced producers of the keyed state make
it binding (F25). Polling goes on while jobs run, so that membership lives. Source: spec/connectors.md B-2.14.
"""

from __future__ import annotations

import asyncio
import logging
import math
import time
from collections.abc import Awaitable, Callable, Iterable, Sequence

from aiokafka import AIOKafkaConsumer, ConsumerRebalanceListener, TopicPartition
from aiokafka.errors import KafkaError

from connectors.errors import Fatal
from connectors.state import TOPIC
from runtime.kafka import make_consumer
from runtime.sections import KafkaSettings

log = logging.getLogger(__name__)

_POLL_SECONDS = 0.5
_POLL_DEADLINE_SECONDS = 2.0
_STOP_SECONDS = 10.0
_TAKE_OVER_SECONDS = 2.0
# Asked for at every poll: no arguments would mean the partitions of the state, which are not read here.
_NOTHING = TopicPartition("", -1)


class Membership(ConsumerRebalanceListener):  # type: ignore[misc]  # aiokafka publishes no types
    """`take_over` gets the partitions that are ours from now on, `let_go` ends all work on those before; after it
    nothing may be under way. `trouble` says in words why nothing is polled; `polled_at` is on the monotonic clock."""

    def __init__(
        self,
        settings: KafkaSettings,
        *,
        group: str,
        instance_id: str,
        take_over: Callable[[Sequence[int]], Awaitable[None]],
        let_go: Callable[[], Awaitable[None]],
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._session_seconds = settings.session_timeout_seconds
        self._monotonic = monotonic
        self._topic = settings.topic(TOPIC)
        self._take_over_work = take_over
        self._let_go_work = let_go
        self._consumer: AIOKafkaConsumer = make_consumer(
            settings, group=settings.topic(group), client_id="punchstream-connect", instance_id=instance_id
        )
        self._taking_over: asyncio.Task[None] | None = None
        self._failure: BaseException | None = None
        self.trouble = "no sources are assigned yet"
        self.polled_at = math.inf  # not running yet

    async def start(self) -> None:
        """Join the group."""
        self._consumer.subscribe([self._topic], listener=self)
        await self._consumer.start()

    async def poll(self) -> None:
        """Once, for half a second; raises what ended a take-over or the membership, and Fatal when this process stood
        still for longer than its session lasts: what it held may be another's by now."""
        before, self.polled_at = self.polled_at, self._monotonic()
        if self.polled_at - before > self._session_seconds:
            raise Fatal(
                f"this process stood still for {self.polled_at - before:.0f} s, and its session in the group lasts "
                f"{self._session_seconds:g} s: other workers have taken over, so it ends; start it again"
            )
        poll = self._consumer.getmany(_NOTHING, timeout_ms=int(_POLL_SECONDS * 1000))
        try:
            # While the group rebalances, aiokafka waits without an end of its own.
            await asyncio.wait_for(poll, _POLL_DEADLINE_SECONDS)
        except TimeoutError:
            pass
        except KafkaError as error:
            if not error.retriable:
                raise
            log.warning("the group of the connectors: %r", error)
            await asyncio.sleep(_POLL_SECONDS)
        if self._failure is not None:
            raise self._failure

    async def stop(self) -> None:
        """Leave the group; the work was let go before."""
        try:
            await asyncio.wait_for(self._consumer.stop(), _STOP_SECONDS)
        except TimeoutError:
            log.warning("the consumer did not stop within %.0f s", _STOP_SECONDS)
        await self._let_go()  # now that no rebalance can come any more

    # aiokafka calls these two within a rebalance, logs what they raise, and goes on: so failures are kept for `poll`.
    async def on_partitions_revoked(self, _revoked: Iterable[TopicPartition]) -> None:
        try:
            await self._let_go()
        except Exception as error:  # noqa: BLE001 - not swallowed: `poll` raises it
            self._failure = self._failure or error

    async def on_partitions_assigned(self, assigned: Iterable[TopicPartition]) -> None:
        # Reading the state may take minutes; it must not hold the group's heartbeats back.
        self._taking_over = asyncio.create_task(self._take_over(sorted(tp.partition for tp in assigned)))

    async def _take_over(self, partitions: Sequence[int]) -> None:
        try:
            await self._take_over_work(partitions)
            self.trouble = ""
        except Exception as error:  # noqa: BLE001 - not swallowed: `poll` raises it
            self._failure = self._failure or error

    async def _let_go(self) -> None:
        self.trouble = "the sources are being assigned anew"
        if self._taking_over is not None:
            # Soon over as a rule, and Kafka clients that are cancelled while they start leave connections open.
            await asyncio.wait([self._taking_over], timeout=_TAKE_OVER_SECONDS)
            self._taking_over.cancel()
            await asyncio.wait([self._taking_over])
            self._taking_over = None
        await self._let_go_work()
