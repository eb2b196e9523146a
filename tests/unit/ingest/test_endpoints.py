"""What a request is for."""

from __future__ import annotations

import pytest

from ingest.endpoints import endpoint_of
from ingest.metrics import Endpoint
from wire.zkpush.target import parse_target


@pytest.mark.parametrize(
    ("method", "target", "endpoint"),
    [
        ("GET", "/iclock/cdata?SN=A&options=all", Endpoint.HANDSHAKE),
        ("GET", "/ICLOCK//CData.aspx?SN=A&OPTIONS=ALL", Endpoint.HANDSHAKE),
        ("GET", "/iclock/cdata?SN=A&type=time", Endpoint.TIME),
        ("GET", "/iclock/rtdata?SN=A&type=time", Endpoint.TIME),
        ("GET", "/iclock/rtdata?SN=A", Endpoint.PING),
        ("GET", "/iclock/cdata?SN=A&table=ATTLOG&Stamp=0", Endpoint.UPLOAD),
        ("GET", "/iclock/cdata?SN=A&type=LastPunch&PIN=1", Endpoint.LOOKUP),
        ("GET", "/iclock/cdata?SN=A&table=SELFSERVICEDATA&PIN=1", Endpoint.LOOKUP),
        ("GET", "/iclock/cdata?SN=A&table=RemoteAtt&PIN=1", Endpoint.LOOKUP),
        ("GET", "/iclock/cdata?SN=A&AuthType=1&PIN=1", Endpoint.LOOKUP),
        ("POST", "/iclock/cdata?SN=A&table=ATTLOG", Endpoint.UPLOAD),
        ("POST", "/iclock/fdata?SN=A", Endpoint.UPLOAD),
        ("GET", "/iclock/getrequest?SN=A", Endpoint.POLL),
        ("POST", "/iclock/devicecmd?SN=A", Endpoint.RESULT),
        ("GET", "/iclock/ping?SN=A", Endpoint.PING),
        ("POST", "/iclock/registry?SN=A", Endpoint.REGISTRY),
        ("POST", "/iclock/push?SN=A", Endpoint.SESSION),
        ("POST", "/iclock/querydata?SN=A&type=options", Endpoint.QUERY_DATA),
        ("POST", "/iclock/cdata?SN=A&AuthType=device", Endpoint.LOOKUP),
        ("GET", "/iclock/file?SN=A&url=fw", Endpoint.FILE),
        ("GET", "/iclock/file/fw/main.tgz", Endpoint.FILE),
        ("GET", "/iclock/FileName=main.tgz?SN=A", Endpoint.FILE),
        ("GET", "/iclock/service/control?SN=A", Endpoint.OTHER),
    ],
)
def test_what_a_request_is_for(method: str, target: str, endpoint: Endpoint) -> None:
    assert endpoint_of(method, parse_target(target)) is endpoint
