"""Words in a row, and what stands between them."""

import pytest

from core.kernel.i18n import sentences


@pytest.mark.parametrize(
    ("texts", "said"),
    [
        (("Not sent.", "Try again."), "Not sent. Try again."),
        (("没有扣款。", "请再试一次。"), "没有扣款。请再试一次。"),
        (("No full stop", "Next"), "No full stop Next"),
        (("", "Only this."), "Only this."),
        (("Only this.", ""), "Only this."),
        ((), ""),
    ],
)
def test_sentences_stand_apart_where_the_script_needs_it(texts, said):
    assert sentences(*texts) == said
