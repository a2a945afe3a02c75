"""The pages' colours, measured: contrast by WCAG 2.2, and the choices as the colour-blind see."""

import re
from itertools import combinations, pairwise

import pytest

from dashboards.vote_page import STATIC

HEX = re.compile(r"--([a-z-]+): (#[0-9a-f]{6});")
RAW = re.compile(r"#[0-9a-fA-F]{3,8}\b(?![-\w])|\brgba?\(|\bhsla?\(")
CHOICES = ("very-satisfied", "satisfied", "average", "not-satisfied", "not-applicable")
RATED = CHOICES[:4]
STAGE_WORDS = (
    *("stage-text", "stage-muted", "stage-faint", "stage-accent", "stage-gold"),
    *("good", "careful", "bad", "not-satisfied"),
)
# Machado, Oliveira, Fernandes 2009, severity 1.0, in linear RGB
SIGHTS = {
    "full": ((1, 0, 0), (0, 1, 0), (0, 0, 1)),
    "protanopia": (
        (0.152286, 1.052583, -0.204868),
        (0.114503, 0.786281, 0.099216),
        (-0.003882, -0.048116, 1.051998),
    ),
    "deuteranopia": (
        (0.367322, 0.860646, -0.227968),
        (0.280085, 0.672501, 0.047413),
        (-0.011820, 0.042940, 0.968881),
    ),
    "tritanopia": (
        (1.255528, -0.076749, -0.178779),
        (-0.078411, 0.930809, 0.147602),
        (0.004733, 0.691367, 0.303900),
    ),
}


def _tokens() -> dict[str, str]:
    return dict(HEX.findall((STATIC / "tokens.css").read_text()))


def _linear(colour: str) -> list[float]:
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    return [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]


def _luminance(linear: list[float]) -> float:
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def _contrast(one: str, other: str) -> float:
    tokens = _tokens()
    low, high = sorted(_luminance(_linear(tokens[name])) for name in (one, other))
    return (high + 0.05) / (low + 0.05)


def _lab(linear: list[float]) -> tuple[float, float, float]:
    red, green, blue = linear
    x = (0.4124 * red + 0.3576 * green + 0.1805 * blue) / 0.95047
    y = 0.2126 * red + 0.7152 * green + 0.0722 * blue
    z = (0.0193 * red + 0.1192 * green + 0.9505 * blue) / 1.08883
    f = [part ** (1 / 3) if part > 0.008856 else 7.787 * part + 16 / 116 for part in (x, y, z)]
    return 116 * f[1] - 16, 500 * (f[0] - f[1]), 200 * (f[1] - f[2])


@pytest.mark.parametrize("ground", ["stage", "stage-glow", "stage-raised"])
@pytest.mark.parametrize("text", STAGE_WORDS)
def test_words_on_stage_can_be_read(text: str, ground: str) -> None:
    assert _contrast(text, ground) >= 4.5


@pytest.mark.parametrize(
    ("text", "ground"),
    [
        ("hand-text", "hand"),
        ("hand-text", "hand-card"),
        ("hand-text", "hand-accent-soft"),
        ("hand-muted", "hand"),
        ("hand-muted", "hand-card"),
        ("hand-accent", "hand"),
        ("hand-accent", "hand-card"),
        ("hand-accent", "hand-accent-soft"),
        ("hand-problem", "hand"),
        ("hand-problem", "hand-problem-soft"),
    ],
)
def test_words_in_the_hand_can_be_read(text: str, ground: str) -> None:
    assert _contrast(text, ground) >= 4.5


@pytest.mark.parametrize("choice", CHOICES)
def test_every_choice_stands_out_from_the_stage_and_its_icon_from_it(choice: str) -> None:
    icon = "on-very-satisfied" if choice == "very-satisfied" else "on-choice"
    assert _contrast(choice, "stage") >= 3
    assert _contrast(icon, choice) >= 4.5


@pytest.mark.parametrize(("mark", "ground"), [("focus", "stage"), ("hand-focus", "hand-card")])
def test_the_focus_can_be_seen(mark: str, ground: str) -> None:
    assert _contrast(mark, ground) >= 3


@pytest.mark.parametrize("sight", SIGHTS)
def test_the_choices_are_told_apart_by_every_sight(sight: str) -> None:
    seen = {}
    for choice in CHOICES:
        linear = _linear(_tokens()[choice])
        turned = [sum(a * b for a, b in zip(row, linear, strict=True)) for row in SIGHTS[sight]]
        seen[choice] = _lab([min(1, max(0, part)) for part in turned])
    for one, other in combinations(RATED, 2):
        apart = sum((a - b) ** 2 for a, b in zip(seen[one], seen[other], strict=True)) ** 0.5
        assert apart >= 15, (one, other, apart)


def test_neighbours_in_the_bar_are_told_apart_in_grey() -> None:
    for one, other in pairwise(RATED):
        assert _contrast(one, other) >= 1.25, (one, other)


def test_not_applicable_is_told_by_its_hatching() -> None:
    assert _contrast("not-applicable", "not-applicable-gap") >= 3


def test_no_page_holds_a_colour_of_its_own() -> None:
    for path in [*STATIC.glob("*.css"), *STATIC.glob("js/*.js"), STATIC / "vote.js"]:
        if path.name != "tokens.css":
            found = [line for line in path.read_text().splitlines() if RAW.search(line)]
            assert not found, path.name
