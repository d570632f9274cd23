def in_rows(things, width):
    """Rows of `width`, the last one filled up with None."""
    rows = [tuple(things[place : place + width]) for place in range(0, len(things), width)]
    return [row + (None,) * (width - len(row)) for row in rows]
