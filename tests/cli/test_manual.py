"""The manual: every picture and page it names is there, and every page is in the list."""

import re

import pytest

from hospital_cli import layout

MANUAL = layout.ROOT / "docs" / "manual"
PAGES = sorted(MANUAL.glob("*.md"))


def links(page):
    return re.findall(r"\]\(([^)#\s]+)(?:#[^)]*)?\)", page.read_text(encoding="utf-8"))


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_what_a_page_names_is_there(page):
    wanted = [link for link in links(page) if "://" not in link]
    missing = [link for link in wanted if not (page.parent / link).exists()]
    assert not missing


def test_every_page_is_in_the_list():
    listed = links(MANUAL / "README.md")
    assert [page.name for page in PAGES if page.name != "README.md" and page.name not in listed] == []
