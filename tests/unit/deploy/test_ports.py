"""A taken port is seen and its holder named."""

import os
import socket

import pytest

from deploy.local.errors import PortTaken
from deploy.local.ports import accepts, holder, is_free, require_free


def test_a_taken_port_is_named_with_its_holder() -> None:
    with socket.create_server(("127.0.0.1", 0)) as mine:
        port = mine.getsockname()[1]
        assert not is_free(port)
        assert accepts(port)
        assert f"pid {os.getpid()} (" in holder(port)
        with pytest.raises(
            PortTaken, match=rf"port {port}, wanted for tea, is taken by .*pid {os.getpid()}.*\(tea_port\)"
        ):
            require_free(port, "tea", "tea_port")
    assert is_free(port)
    assert not accepts(port)
    require_free(port, "tea", "tea_port")


def test_a_port_taken_on_all_addresses_counts() -> None:
    with socket.create_server(("0.0.0.0", 0)) as mine:
        assert not is_free(mine.getsockname()[1])
