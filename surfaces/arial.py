"""How wide a text is in Arial, which is wherever Max is."""

# Of Arial's characters from the blank to the tilde, in thousandths of the size.
_WIDTHS = """
    278 278 355 556 556 889 667 191 333 333 389 584 278 333 278 278 556 556 556 556 556 556 556 556
    556 556 278 278 584 584 584 556 1015 667 667 722 722 667 611 778 722 278 500 667 556 833 722 778
    667 778 722 667 611 722 667 944 667 667 611 278 278 278 469 556 333 556 556 500 556 556 278 556
    556 222 222 500 222 833 556 556 556 556 333 500 278 556 500 722 500 500 500 334 260 334 584
"""
_WIDTH = dict(zip(map(chr, range(32, 127)), map(int, _WIDTHS.split()), strict=True))
_WIDEST = 1000  # for any other


def width_of(text: str, size: float) -> float:
    """Of a line in Arial, pixels."""
    return sum(_WIDTH.get(letter, _WIDEST) for letter in text) / 1000 * size
