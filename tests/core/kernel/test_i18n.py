"""Words in a row, and what stands between them."""

import pytest

from core.kernel.i18n import ngettext, sentences, speaking


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


@pytest.mark.parametrize(("language", "said"), [("en", "12,000 orders"), ("zh-CN", "12,000 单")])
def test_large_numbers_have_their_thousands_apart(language, said):
    with speaking(language):
        assert ngettext("%(n)s order", "%(n)s orders", 12_000) == said
