"""Pictures of the manual: written only when the screen looks different, so that git stays quiet."""

import io
from pathlib import Path

from PIL import Image, ImageChops

IMAGES = Path(__file__).parents[2] / "docs" / "manual" / "images"
VISIBLE_STEP = 40  # of 255: below it, two colours look alike
VISIBLE_SHARE = 0.02  # of the pixels: a date or a count that moves on stays below it


def differs(old_png, new_png):
    old = Image.open(io.BytesIO(old_png)).convert("L")
    new = Image.open(io.BytesIO(new_png)).convert("L")
    if old.size != new.size:
        return True
    histogram = ImageChops.difference(old, new).histogram()
    return sum(histogram[VISIBLE_STEP:]) > VISIBLE_SHARE * old.width * old.height


def store(name, png, folder=IMAGES):
    path = folder / f"{name}.png"
    if path.exists() and not differs(path.read_bytes(), png):
        return False
    folder.mkdir(parents=True, exist_ok=True)
    picture = Image.open(io.BytesIO(png)).convert("RGB").quantize(colors=256, dither=Image.Dither.NONE)
    picture.save(path, optimize=True)
    return True
