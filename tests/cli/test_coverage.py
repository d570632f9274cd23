import textwrap

import pytest

from hospital_cli import layout
from hospital_cli.testing import coverage

TESTS = textwrap.dedent(
    """
    import pytest
    from .common import proves

    pytestmark = pytest.mark.proves("R-9")

    @proves("R-1", "R-2")
    class TestX:
        @proves("R-3")
        def test_a(self): ...
        def helper(self): ...

    @pytest.mark.proves("R-4")
    def test_b(): ...

    class Everywhere:
        @proves("R-10")
        def test_c(self): ...

    class TestHere(Everywhere, Case): ...
    class TestThere(Everywhere, Case): ...
    """
)


@pytest.fixture
def project(tmp_path, monkeypatch):
    addon = tmp_path / "addons" / "hospital_x"
    (addon / "tests").mkdir(parents=True)
    (addon / "tests" / "test_x.py").write_text(TESTS)
    (addon / "__manifest__.py").write_text("{'name': 'X', 'development_status': 'Production/Stable'}")
    (tmp_path / "requirements.csv").write_text(
        "id,title,addon\n" + "".join(f"R-{n},Nr {n},hospital_x\n" for n in range(1, 12))
    )
    monkeypatch.setattr(layout, "ROOT", tmp_path)
    monkeypatch.setattr(layout, "ADDONS", tmp_path / "addons")
    monkeypatch.setattr(coverage, "REQUIREMENTS", tmp_path / "requirements.csv")
    layout.suite_addons.cache_clear()
    yield tmp_path
    layout.suite_addons.cache_clear()


def test_marks_on_module_class_and_function_are_found(project):
    found = {(proof.requirement, proof.test) for proof in coverage.proofs()}
    assert found == {
        ("R-9", "TestX.test_a"),
        ("R-1", "TestX.test_a"),
        ("R-2", "TestX.test_a"),
        ("R-3", "TestX.test_a"),
        ("R-9", "test_b"),
        ("R-4", "test_b"),
        ("R-9", "TestHere.test_c"),
        ("R-9", "TestThere.test_c"),
        ("R-10", "TestHere.test_c"),
        ("R-10", "TestThere.test_c"),
    }


def test_a_complete_addon_must_prove_everything(project):
    problems = list(coverage.problems())
    assert len(problems) == 5
    assert all("claims to be complete" in problem for problem in problems)


def test_a_proof_must_have_passed(project):
    passed = {("addons/hospital_x/tests/test_x.py", "TestX.test_a")}
    assert [problem for problem in coverage.problems(passed) if "did not pass" in problem and "R-4" in problem]
    assert not [problem for problem in coverage.problems(passed) if "did not pass" in problem and "R-3" in problem]


def test_the_table_lists_proven_and_unproven(project):
    text = coverage.text()
    assert "| hospital_x | 11 | 6 |" in text
    assert "| R-4 | Nr 4 | `addons/hospital_x/tests/test_x.py` test_b |" in text
    assert "| R-11 | Nr 11 | not yet |" in text
