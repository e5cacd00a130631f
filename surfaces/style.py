"""How the patches look: a dark stage, grey fields, and three colours that mean something."""

from __future__ import annotations

from typing import Any

from surfaces.maxpat import Color


def _rgb(code: str) -> Color:
    red, green, blue = (int(code[i : i + 2], 16) / 255 for i in (0, 2, 4))
    return round(red, 4), round(green, 4), round(blue, 4), 1.0


STAGE = _rgb("15171b")
PANEL = _rgb("1f2329")
FIELD = _rgb("2d333c")
EDGE = _rgb("3b434f")
TEXT = _rgb("e4e8ee")
DIM = _rgb("8f9aa9")
ACCENT = _rgb("6aa5e3")
SOUNDING = _rgb("4fc97f")  # what is heard
PENDING = _rgb("f2ab3c")  # what is asked for and not heard yet
ALARM = _rgb("e5564f")
FONT = "Arial"
SMALL, NORMAL, LARGE = 10.0, 12.0, 22.0


def looks(name: str) -> dict[str, Any]:
    """The attributes of colour and font that an object of a kind has everywhere."""
    font = {"fontname": FONT, "fontsize": SMALL}
    live = font | {"textcolor": list(TEXT), "bordercolor": list(EDGE), "focusbordercolor": list(ACCENT)}
    match name:
        case "comment":
            return font | {"textcolor": list(DIM)}
        case "live.dial":
            return live | {
                "activedialcolor": list(ACCENT),
                "activeneedlecolor": list(TEXT),
                "dialcolor": list(ACCENT),
                "needlecolor": list(TEXT),
                "appearance": 0,
            }
        case "live.slider":
            return live | {"slidercolor": list(ACCENT), "trioncolor": list(ACCENT), "tricolor": list(TEXT)}
        case "live.tab":
            return live | {
                "multiline": 0,
                "spacing_x": 2.0,
                "spacing_y": 2.0,
                "activebgcolor": list(FIELD),
                "activebgoncolor": list(ACCENT),
                "bgcolor": list(FIELD),
                "bgoncolor": list(ACCENT),
                "textcolor": list(TEXT),
                "textoncolor": list(STAGE),
                "activetextcolor": list(TEXT),
                "activetextoncolor": list(STAGE),
            }
        case "textbutton":
            return font | {
                "bgcolor": list(FIELD),
                "bgoncolor": list(ACCENT),
                "textcolor": list(TEXT),
                "textoncolor": list(STAGE),
                "usebgoncolor": 1,
                "usetextovercolor": 0,
                "legacytextcolor": 1,
                "bordercolor": list(EDGE),
                "rounded": 6.0,
                "outputmode": 0,  # on mouse down: a gesture is heard when the finger moves
            }
        case "umenu":
            return font | {
                "bgfillcolor_type": "color",
                "bgfillcolor_color": list(FIELD),
                "bgcolor": list(FIELD),
                "color": list(FIELD),
                "elementcolor": list(EDGE),
                "textcolor": list(TEXT),
                "arrow": 1,
            }
        case "number" | "flonum":
            return font | {"bgcolor": list(FIELD), "textcolor": list(TEXT), "tricolor": list(ACCENT)}
        case "textedit":
            return font | {
                "bgcolor": list(FIELD),
                "textcolor": list(TEXT),
                "bordercolor": list(EDGE),
                "border": 1.0,
                "rounded": 4.0,
                "lines": 1,
                "keymode": 1,  # Enter commits
                "outputmode": 1,
                "wordwrap": 0,
            }
        case "led":
            return {"oncolor": list(SOUNDING), "offcolor": list(FIELD), "ignoreclick": 1}
        case "multislider":
            return {
                "bgcolor": list(STAGE),
                "slidercolor": list(SOUNDING),
                "setminmax": [0.0, 1.0],
                "setstyle": 1,
                "ignoreclick": 1,
                "contdata": 1,
            }
        case _:
            return {}
