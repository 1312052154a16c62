"""Pictures somebody might have taken on the spot, drawn: a hall with its gates and goods, and papers with lines."""

from __future__ import annotations

import io
from random import Random

from PIL import Image, ImageDraw

WIDTH, HEIGHT = 480, 360


def _colour(dice: Random, low: int, high: int) -> tuple[int, int, int]:
    return dice.randint(low, high), dice.randint(low, high), dice.randint(low, high)


def _jpeg(image: Image.Image) -> bytes:
    out = io.BytesIO()
    image.save(out, "JPEG", quality=72)
    return out.getvalue()


def site(dice: Random) -> bytes:
    """No two look alike: what was photographed before has to be explained."""
    image = Image.new("RGB", (WIDTH, HEIGHT), _colour(dice, 150, 235))
    draw = ImageDraw.Draw(image)
    ground = dice.randint(200, 300)
    draw.rectangle((0, ground, WIDTH, HEIGHT), fill=_colour(dice, 60, 140))
    for _hall in range(dice.randint(2, 4)):
        left, width = dice.randint(-40, 400), dice.randint(70, 200)
        top = ground - dice.randint(50, 180)
        draw.rectangle((left, top, left + width, ground), fill=_colour(dice, 40, 210))
        for place in range(left + 8, left + width - 18, dice.randint(24, 48)):
            draw.rectangle((place, top + 14, place + 14, top + 34), fill=_colour(dice, 20, 250))
    for _good in range(dice.randint(4, 14)):
        left, size = dice.randint(0, WIDTH), dice.randint(14, 56)
        top = dice.randint(ground, HEIGHT - 10)
        draw.rectangle((left, top, left + size, top + size), fill=_colour(dice, 30, 230))
    return _jpeg(image)


def paper(dice: Random) -> bytes:
    image = Image.new("RGB", (WIDTH, HEIGHT), _colour(dice, 235, 252))
    draw = ImageDraw.Draw(image)
    for top in range(dice.randint(30, 60), HEIGHT - 30, dice.randint(14, 22)):
        left = dice.randint(24, 120)
        draw.rectangle((left, top, left + dice.randint(60, 320), top + 5), fill=_colour(dice, 20, 110))
    centre, size = (dice.randint(260, 420), dice.randint(230, 310)), dice.randint(24, 46)
    draw.ellipse(
        (centre[0] - size, centre[1] - size, centre[0] + size, centre[1] + size), outline=(200, 30, 30), width=5
    )
    return _jpeg(image)


def strokes(dice: Random) -> list[list[list[int]]]:
    """A name drawn with a finger, on a field of 600 by 200."""
    lines = []
    for number in range(dice.randint(3, 5)):
        x, y = 60 + number * 95, dice.randint(60, 120)
        line = [[x, y]]
        for _point in range(dice.randint(8, 14)):
            x, y = min(590, max(5, x + dice.randint(-4, 14))), min(190, max(5, y + dice.randint(-22, 22)))
            line.append([x, y])
        lines.append(line)
    return lines
