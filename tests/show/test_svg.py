"""The svg pass: shorter, without colours, same geometry."""

from __future__ import annotations

import pytest

from cepkit.show import svg, theme


# Path commands of the SVG specification (§9.3): h, v and l are relative.
@pytest.mark.parametrize(("source", "short"), [
    ("M 0 0 L 10 0 L 10 5 z", "M0 0h10v5z"),
    ("M 1.04 2.06 L 3.25 4.5", "M1 2.1l2.2 2.4"),
    ("M 0 0 L 0 0", "M0 0"),
    ("M 5 5 L 4.5 5", "M5 5h-.5"),
])
def test_compact(source, short):
    assert svg.compact(source) == short


def test_rounding_errors_do_not_add_up():
    steps = " ".join(f"L {0.04 * i:.2f} 0" for i in range(1, 101))
    drawn = svg.compact(f"M 0 0 {steps}")
    assert sum(float(x) for x in drawn.split("h")[1:]) == pytest.approx(4.0)


@pytest.mark.parametrize(("x", "text"), [(12.04, "12"), (-0.25, "-.2"), (0.04, "0"), (3.5, "3.5")])
def test_numbers(x, text):
    assert svg.num(x) == text


def test_unknown_colour_stops_the_drawing():
    with pytest.raises(ValueError, match="palette"):
        svg._colour("f", "#ff0000")


def test_palette_has_neither_red_nor_green():
    def hue(hexa: str) -> tuple[int, int, int]:
        return tuple(int(hexa[i:i + 2], 16) for i in (1, 3, 5))

    for name, hexa in theme.PALETTE.items():
        red, green, blue = hue(hexa)
        assert not (red > 1.5 * max(green, blue)) and not (green > 1.3 * max(red, blue)), name
