import pytest

from hospital_cli.testing.parts import errors_in

LOG = """\
2026-01-02 03:04:05,678 12 INFO hospital odoo.http: all is well
2026-01-02 03:04:06,678 12 ERROR hospital odoo.sql_db: bad query: INSERT
ERROR: duplicate key value violates unique constraint "a_code_unique"
2026-01-02 03:04:07,678 12 ERROR hospital odoo.sql_db: bad query: UPDATE
ERROR: could not serialize access due to concurrent update
2026-01-02 03:04:08,678 12 WARNING hospital odoo.http: a sentence
"""


@pytest.fixture
def log(tmp_path):
    path = tmp_path / "odoo.log"
    path.write_text(LOG)
    return path


def test_an_error_is_a_problem_and_a_clash_that_is_tried_again_is_none(log):
    (problem,) = errors_in(log)
    assert "a_code_unique" in problem
    assert "serialize" not in problem
    assert "all is well" not in problem


def test_an_announcement_excuses_one_error_only(log):
    assert not errors_in(log, ["a_code_unique"])
    log.write_text(LOG * 2)
    assert errors_in(log, ["a_code_unique"])
    assert not errors_in(log, ["a_code_unique"] * 2)


def test_an_announced_error_must_come(log):
    (problem,) = errors_in(log, ["a_code_unique", "b_code_unique"])
    assert "b_code_unique" in problem
    assert errors_in(log.with_name("none.log"), ["a_code_unique"])
