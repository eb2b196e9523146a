from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.unit.connectors.akuvox.fake_station import PASSWORD, FakeStation, running


@pytest.fixture
async def station() -> AsyncIterator[FakeStation]:
    async with running(FakeStation()) as found:
        yield found


@pytest.fixture
def password_file(tmp_path: Path) -> Path:
    file = tmp_path / "password"
    file.write_text(PASSWORD + "\n")
    return file
