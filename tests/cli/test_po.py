import textwrap

from hospital_cli import po, translate

PO = textwrap.dedent(
    r"""
    # Head
    msgid ""
    msgstr ""
    "Language: zh_CN\n"

    #. module: hospital_base
    #: model:ir.ui.menu,name:hospital_base.menu_x
    msgid "Beds"
    msgstr "床位"

    #. module: hospital_base
    msgid ""
    "He said \"%(words)s\".\n"
    "Twice: %s"
    msgstr ""
    "他说“%(words)s”。\n"
    "两次：%s"
    """
).lstrip()


def test_a_file_is_read_and_written_without_loss(tmp_path):
    path = tmp_path / "zh_CN.po"
    path.write_text(PO, encoding="utf-8")
    entries = po.read(path)
    assert entries["Beds"].msgstr == "床位"
    assert entries["Beds"].comments[1] == "#: model:ir.ui.menu,name:hospital_base.menu_x"
    assert entries['He said "%(words)s".\nTwice: %s'].msgstr == "他说“%(words)s”。\n两次：%s"
    po.write(path, entries.values())
    assert path.read_text(encoding="utf-8") == PO


def test_placeholders_must_agree():
    assert not po.broken_placeholders(po.Entry("%(n)s of %s", "%s 的 %(n)s"))
    assert po.broken_placeholders(po.Entry("%(n)s days", "天")) == ["%(n)s"]
    assert po.broken_placeholders(po.Entry("%s days", "%d 天")) == ["%d", "%s"]
    assert not po.broken_placeholders(po.Entry("100%", "百分之百"))
    assert not po.broken_placeholders(po.Entry("%s", ""))


def test_what_needs_no_translation():
    assert po.needs_translation("Days: %s")
    assert not po.needs_translation("%(from)s – %(to)s")
    assert not po.needs_translation("急诊科")


def test_missing_stale_and_broken_terms_are_reported():
    template = {"": po.Entry(""), **{term: po.Entry(term) for term in ("Bed", "Ward", "%s days", "科室")}}
    translated = {"Bed": po.Entry("Bed", "床"), "%s days": po.Entry("%s days", "天"), "Old": po.Entry("Old", "旧")}
    report = translate.compare("hospital_base", template, translated)
    assert (report.missing, report.broken, report.stale) == (["Ward"], ["%s days"], ["Old"])
    assert len(report.problems) == 3


def test_merge_keeps_what_is_there_and_takes_the_rest_from_the_dictionary(tmp_path, monkeypatch):
    monkeypatch.setattr(translate.layout, "ADDONS", tmp_path)
    monkeypatch.setattr(translate, "odoo_terms", lambda: {"Created on": "创建时间", "Bed": "床铺"})
    terms = ("Bed", "Ward", "Created on", "科室", "Odd")
    template = {term: po.Entry(term, comments=["#. module: x"]) for term in terms}
    po.write(translate.po_path("x"), [po.Entry("", "h"), po.Entry("Bed", "病床"), po.Entry("Gone", "走了")])
    translate.merge("x", template, {"Ward": "病区", "Bed": "床"})
    merged = po.read(translate.po_path("x"))
    assert {term: merged[term].msgstr for term in terms} == {
        "Bed": "病床",
        "Ward": "病区",
        "Created on": "创建时间",
        "科室": "科室",
        "Odd": "",
    }
    assert "Gone" not in merged
    assert not any(entry.msgstr for term, entry in po.read(translate.pot_path("x")).items() if term)
