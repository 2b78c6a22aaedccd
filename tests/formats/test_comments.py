"""What a person wrote stays inside the comments of a script."""

from hypothesis import given
from hypothesis import strategies as st

from labs.formats.comments import comment, one_line

TEXTS = st.text() | st.text("\n\r\v\f\x1b\x85\u2028\u2029\u202e#$`'\" a", max_size=60)


@given(TEXTS)
def test_every_line_is_a_comment(text: str) -> None:
    for line in comment(text, indent="| "):
        assert line.startswith("#")
        assert line.isprintable()


@given(TEXTS)
def test_a_label_is_one_line(text: str) -> None:
    assert one_line(text).isprintable()


def test_long_text_is_wrapped() -> None:
    assert comment("word " * 30, indent="  ") == ["#   " + ("word " * 19).strip(), "#   " + ("word " * 11).strip()]


def test_no_text_gives_instructions_to_shellcheck() -> None:
    assert comment("shellcheck disable=all") == ["# - shellcheck disable=all"]
    assert comment("  shellcheck shell=ksh", indent="  ") == ["# - shellcheck shell=ksh"]
