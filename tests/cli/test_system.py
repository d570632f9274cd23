"""Packages of the operating system that are not to be had."""

import pytest

from hospital_cli import system, ui

SHELL, CHROMIUM = "chromium-headless-shell", "chromium"


@pytest.fixture
def apt(monkeypatch):
    """A machine on which nothing can be fetched; gives what is installed and what was tried."""
    installed, tried = set(), []
    monkeypatch.setattr(system, "has_dpkg", lambda: True)
    monkeypatch.setattr(system, "python_packages", lambda: ())
    monkeypatch.setattr(system, "missing", lambda wanted: [name for name in wanted if name not in installed])
    monkeypatch.setattr(system, "_quietly", lambda line: tried.append(line))
    monkeypatch.setattr(ui, "run", lambda line, *words, **more: tried.append(" ".join(line)))
    return installed, tried


def test_what_is_there_is_not_fetched(apt):
    installed, tried = apt
    installed.update(system.TEST)
    system.ensure(system.TEST)
    assert not tried


@pytest.mark.parametrize("user", [0, 1000])
def test_another_browser_serves_as_well(apt, monkeypatch, user):
    installed, tried = apt
    installed.update({*system.TEST, CHROMIUM} - {SHELL})
    monkeypatch.setattr(system.os, "geteuid", lambda: user)
    system.ensure(system.TEST)
    assert not [line for line in tried if line.endswith(CHROMIUM)]
    assert bool(tried) is (user == 0), "only who may install tries the faster one"


def test_the_other_browser_is_fetched_where_the_first_is_not_to_be_had(apt, monkeypatch):
    installed, tried = apt
    installed.update({*system.TEST} - {SHELL})
    monkeypatch.setattr(system.os, "geteuid", lambda: 0)
    system.ensure(system.TEST)
    assert tried[-1] == f"apt-get install -y --no-install-recommends {CHROMIUM}"
