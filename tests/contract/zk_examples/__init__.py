"""The example requests of spec/zk-push.md 4, once: what is sent, what is answered, what is kept, how it is read.

`test_zk_examples` runs them against an edge with a broker in memory, the integration tests against a real Kafka.
"""

from typing import Final

from tests.contract.zk_examples.attendance import ATTENDANCE
from tests.contract.zk_examples.devices import DEVICES
from tests.contract.zk_examples.people import PEOPLE
from tests.contract.zk_examples.sessions import SESSIONS

EXAMPLES: Final = (*SESSIONS, *ATTENDANCE, *PEOPLE, *DEVICES)
