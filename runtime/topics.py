"""Topics as the catalogue (schemas/topics.py) says: plan, apply, check. Source: DESIGN 4.

No part creates a topic by itself; `punchstream topics apply` does. What Kafka cannot change in place without breaking a
promise (partition count: a key would move to another partition) is refused.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, Literal

from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType
from aiokafka.errors import KafkaError, TopicAlreadyExistsError, for_code

from runtime.errors import Retriable, TopicMismatch
from runtime.kafka import make_admin
from runtime.sections import KafkaSettings
from schemas.topics import CATALOGUE, Topic, topic_config

Action = Literal["create", "update", "refuse", "same"]

_SET_ON_TOPIC = 1  # Kafka's config source DYNAMIC_TOPIC_CONFIG
_POLL_SECONDS = 0.1
_SHOWN = 5


class TopicAdminFailed(Retriable):
    """Kafka cannot be reached, or did not do what was asked; running the same again is safe."""


@dataclass(frozen=True, slots=True)
class TopicChange:
    """What stands between one topic and the catalogue. topic: as Kafka calls it; details: for people, empty if same."""

    topic: str
    action: Action
    details: str = ""


@dataclass(frozen=True, slots=True)
class FoundTopic:
    """A topic as it is. config: effective values; own: those set on the topic itself; ready: all have a leader."""

    partitions: int
    replication_factor: int
    config: Mapping[str, str]
    own: Mapping[str, str]
    ready: bool = True


async def plan(settings: KafkaSettings) -> list[TopicChange]:
    """One change for every topic of the catalogue, in its order. Raises TopicAdminFailed."""
    async with _admin(settings) as admin:
        return _compare_all(settings, await _find(admin, settings))


async def apply(settings: KafkaSettings) -> list[TopicChange]:
    """Make the topics as the catalogue says; returns what the plan was. Nothing is done when anything is refused.

    Doing it again, or twice at the same time, is safe. Returns once every partition has a leader.
    Raises TopicMismatch naming what is refused, TopicAdminFailed.
    """
    async with _admin(settings) as admin:
        found = await _find(admin, settings)
        planned = changes = _compare_all(settings, found)
        while any(change.action != "same" or not found[change.topic].ready for change in changes):
            _refuse(changes)
            await _create(admin, settings, changes)
            await _update(admin, settings, changes, found)
            # What was created shows up a little later, and somebody else may be applying too: look again.
            await asyncio.sleep(_POLL_SECONDS)
            found = await _find(admin, settings)
            changes = _compare_all(settings, found)
    return planned


async def check(settings: KafkaSettings) -> None:
    """Raises TopicMismatch naming every topic that is not as the catalogue says, TopicAdminFailed."""
    changes = await plan(settings)
    _refuse(changes)
    missing = [change.topic for change in changes if change.action == "create"]
    differing = [f"{change.topic} ({change.details})" for change in changes if change.action == "update"]
    if missing or differing:
        what = [f"missing: {_some(missing)}"] if missing else []
        what += [f"different: {_some(differing)}"] if differing else []
        raise TopicMismatch(
            f"the topics are not as the catalogue says, run `punchstream topics apply`; {'; '.join(what)}"
        )


def compare(topic: Topic, found: FoundTopic | None, settings: KafkaSettings) -> TopicChange:
    """What stands between one topic as it is (None: missing) and as the catalogue and the settings want it."""
    name = settings.topic(topic.name)
    partitions = topic.partitions or settings.partitions
    wanted = _config(topic, settings)
    if found is None:
        config = ", ".join(f"{key}={value}" for key, value in wanted.items())
        return TopicChange(
            name, "create", f"{partitions} partitions, replication factor {settings.replication_factor}, {config}"
        )
    if found.partitions != partitions:
        back = "" if topic.partitions else f"; otherwise set kafka.partitions back to {found.partitions}"
        return TopicChange(
            name,
            "refuse",
            f"{found.partitions} partitions are there and {partitions} are asked for; a changed count would move keys "
            "to other partitions. Growing is a new generation of the topics, built by replay under another "
            f"kafka.topic_prefix{back}",
        )
    if found.replication_factor != settings.replication_factor:
        return TopicChange(
            name,
            "refuse",
            f"the replication factor is {found.replication_factor} and {settings.replication_factor} is asked for: "
            "move the replicas with kafka-reassign-partitions first, or set kafka.replication_factor to "
            f"{found.replication_factor}",
        )
    differing = [
        f"{key} {found.config.get(key, 'unset')} -> {value}"
        for key, value in wanted.items()
        if found.config.get(key) != value
    ]
    return TopicChange(name, "update", ", ".join(differing)) if differing else TopicChange(name, "same")


def _config(topic: Topic, settings: KafkaSettings) -> dict[str, str]:
    return topic_config(
        topic, min_insync_replicas=settings.min_insync_replicas, max_record_bytes=settings.max_record_bytes
    )


def _compare_all(settings: KafkaSettings, found: Mapping[str, FoundTopic]) -> list[TopicChange]:
    return [compare(topic, found.get(settings.topic(topic.name)), settings) for topic in CATALOGUE]


def _refuse(changes: Sequence[TopicChange]) -> None:
    refused: dict[str, list[str]] = {}
    for change in changes:
        if change.action == "refuse":
            refused.setdefault(change.details, []).append(change.topic)
    if refused:
        raise TopicMismatch("; ".join(f"{_some(topics)}: {details}" for details, topics in refused.items()))


def _some(names: Sequence[str]) -> str:
    shown = ", ".join(names[:_SHOWN])
    return f"{shown} and {len(names) - _SHOWN} more" if len(names) > _SHOWN else shown


@asynccontextmanager
async def _admin(settings: KafkaSettings) -> AsyncIterator[AIOKafkaAdminClient]:
    """An admin client for what fits into one request timeout. Every error of Kafka becomes a TopicAdminFailed."""
    admin = make_admin(settings)
    try:
        async with asyncio.timeout(settings.request_timeout_seconds):
            await admin.start()
            yield admin
    except KafkaError as error:
        raise TopicAdminFailed(f"Kafka at {settings.bootstrap}: {error!r}") from error
    except TimeoutError:
        raise TopicAdminFailed(
            f"Kafka at {settings.bootstrap} did not get the topics ready within "
            f"{settings.request_timeout_seconds:g} s (kafka.request_timeout_seconds); running it again is safe"
        ) from None
    finally:
        await admin.close()


async def _find(admin: AIOKafkaAdminClient, settings: KafkaSettings) -> dict[str, FoundTopic]:
    ours = {settings.topic(topic.name) for topic in CATALOGUE}
    # Asking for all topics, not for ours by name: a broker with auto.create.topics.enable would create those.
    described: list[dict[str, Any]] = [
        topic for topic in await admin.describe_topics() if topic["topic"] in ours and not topic["error_code"]
    ]
    if not described:
        return {}
    entries: dict[str, list[tuple[Any, ...]]] = {}
    resources = [ConfigResource(ConfigResourceType.TOPIC, topic["topic"]) for topic in described]
    for response in await admin.describe_configs(resources):
        for code, message, _kind, name, configs in response.resources:
            _raise_for(code, f"reading the configuration of topic {name}: {message}")
            entries[name] = configs
    return {topic["topic"]: _found(topic, entries[topic["topic"]]) for topic in described}


def _found(described: dict[str, Any], entries: list[tuple[Any, ...]]) -> FoundTopic:
    partitions = described["partitions"]
    return FoundTopic(
        partitions=len(partitions),
        replication_factor=min((len(partition["replicas"]) for partition in partitions), default=0),
        config={entry[0]: entry[1] for entry in entries},
        own={entry[0]: entry[1] for entry in entries if entry[3] == _SET_ON_TOPIC},
        ready=all(partition["leader"] >= 0 for partition in partitions),
    )


async def _create(admin: AIOKafkaAdminClient, settings: KafkaSettings, changes: Sequence[TopicChange]) -> None:
    new = [
        NewTopic(
            change.topic,
            topic.partitions or settings.partitions,
            settings.replication_factor,
            topic_configs=_config(topic, settings),
        )
        for topic, change in zip(CATALOGUE, changes, strict=True)
        if change.action == "create"
    ]
    if not new:
        return
    response = await admin.create_topics(new)
    for name, code, message in response.topic_errors:
        if code != TopicAlreadyExistsError.errno:  # somebody was quicker
            _raise_for(code, f"creating topic {name}: {message}")


async def _update(
    admin: AIOKafkaAdminClient,
    settings: KafkaSettings,
    changes: Sequence[TopicChange],
    found: Mapping[str, FoundTopic],
) -> None:
    # aiokafka has only the request that replaces the whole configuration, so what else is set there is sent along.
    resources = [
        ConfigResource(
            ConfigResourceType.TOPIC,
            change.topic,
            {**found[change.topic].own, **_config(topic, settings)},
        )
        for topic, change in zip(CATALOGUE, changes, strict=True)
        if change.action == "update"
    ]
    if not resources:
        return
    for response in await admin.alter_configs(resources):
        for code, message, _kind, name in response.resources:
            _raise_for(code, f"changing topic {name}: {message}")


def _raise_for(code: int, what: str) -> None:
    if code:
        raise TopicAdminFailed(f"Kafka refused {what} ({for_code(code).__name__})")
