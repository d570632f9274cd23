import pytest

from hospital_cli import layout, lint


@pytest.fixture
def project(tmp_path, monkeypatch):
    """An empty project to be checked."""
    monkeypatch.setattr(layout, "ROOT", tmp_path)
    monkeypatch.setattr(layout, "HOME", tmp_path / ".hospital")
    monkeypatch.setattr(layout, "ADDONS", tmp_path / "addons")
    layout.suite_addons.cache_clear()
    yield tmp_path
    layout.suite_addons.cache_clear()


def write(project, name, text):
    path = project / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


def addon(project, manifest="{'name': 'X', 'data': []}"):
    write(project, "addons/hospital_x/__manifest__.py", manifest)


@pytest.mark.parametrize(
    "text",
    ["# TO~DO later", "@unittest.sk~ip('slow')", "open('../sha~red/x')", "https://py~pi.org/simple", "FROM gh~cr.io/x"],
)
def test_words_that_do_not_belong(project, text):
    write(project, "addons/x.py", f"a = 1\n{text.replace('~', '')}\n")
    assert [line.split(": ")[0] for line in lint.check_words()] == ["addons/x.py:2"]


def test_innocent_words_pass(project):
    write(project, "docs/x.md", "A skip is a container; hacksaws and Debian packages are fine. See debian.org.\n")
    assert not list(lint.check_words())


def test_long_code_is_named_and_long_data_is_not(project):
    write(project, "addons/hospital_x/models/x.py", "a = 1\n" * 500)
    write(project, "addons/hospital_x/data/x.xml", "<odoo>\n" * 900)
    assert list(lint.check_length()) == ["addons/hospital_x/models/x.py: 500 lines: split it"]


def test_xml_ids(project):
    addon(project, "{'name': 'X', 'data': ['views/a.xml']}")
    write(
        project,
        "addons/hospital_x/views/a.xml",
        '<odoo><record id="x" model="ir.ui.view"/><menuitem id="menu_a"/><menuitem id="menu_a"/></odoo>',
    )
    problems = list(lint.check_xml())
    assert len(problems) == 2
    assert "should begin with view_" in problems[0]
    assert "given twice" in problems[1]


def test_broken_xml(project):
    write(project, "a.xml", "<odoo><record></odoo>")
    assert len(list(lint.check_xml())) == 1


def test_files_and_manifest_agree(project):
    addon(project, "{'name': 'X', 'data': ['views/gone.xml']}")
    write(project, "addons/hospital_x/views/forgotten.xml", "<odoo/>")
    problems = list(lint.check_manifests())
    assert "views/gone.xml" in problems[0]
    assert "views/forgotten.xml" in problems[1]


def test_one_model_per_file_named_after_it(project):
    addon(project)
    write(project, "addons/hospital_x/models/bed.py", 'class Bed:\n    _name = "hospital.bed"\n')
    write(project, "addons/hospital_x/models/room.py", 'class Ward:\n    _name = "hospital.ward"\n')
    mixed = 'class Bed:\n    _name = "hospital.bed"\n    _inherit = ["hospital.bed", "hospital.mixin"]\n'
    write(project, "addons/hospital_x/models/bed_phone.py", mixed)
    assert [line.split(": ")[0] for line in lint.check_models()] == ["addons/hospital_x/models/room.py"]
