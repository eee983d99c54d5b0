"""What tests of WeChat Pay share: the stand-in, and the gateway before it."""

from collections.abc import Iterator

import pytest

from plugins.wechat_pay.gateway import WeChatPayGateway
from plugins.wechat_pay.tests.provider import Provider, running_provider


@pytest.fixture
def provider() -> Iterator[Provider]:
    with running_provider() as running:
        yield running


@pytest.fixture
def wechat() -> WeChatPayGateway:
    return WeChatPayGateway()
