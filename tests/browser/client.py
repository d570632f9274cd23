"""What a person does in the Odoo 19 web client, as functions on a playwright page.

Every function acts in the topmost dialog when one is open, and leaves the client idle.
"""

import io
import re
import time

from openpyxl import load_workbook
from playwright.sync_api import expect

CONTROLS = (
    ".o_form_button_create, .o_list_button_add, .o-kanban-button-new, .o_calendar_button_new, "
    ".o_field_x2many_list_row_add a"
)

LOOKED_UP_AFTER = 300  # ms: the client looks up what was typed 250 ms after the last key


def wait_idle(page, timeout=40):
    """Until for three frames in a row nobody touched the screen, no request was in flight and nothing was drawn."""
    page.wait_for_function("window.hospitalIdle && window.hospitalIdle()", timeout=timeout * 1000, polling="raf")


def scope(page):
    """The topmost dialog, or the screen when there is none; looked up again each time it is used."""
    return page.locator(
        "body:not(:has(.o_dialog:not(.o_inactive_modal))) .o_action_manager, "
        ".o_dialog:not(.o_inactive_modal) .modal-content"
    ).last


def goto_home(page):
    page.goto("/odoo")
    wait_idle(page)


def open_action(page, action, record_id=None):
    """Straight to an action: its XML id or its path, and one record of it."""
    page.goto(f"/odoo/action-{action}" + (f"/{record_id}" if record_id else ""))
    wait_idle(page)


def _menu_chain(page, wanted):
    menus = page.evaluate("() => fetch('/web/webclient/load_menus').then((reply) => reply.json())")
    parents = {child: key for key, menu in menus.items() for child in menu["children"]}
    parents = {str(child): key for child, key in parents.items()}

    def chain(key):
        found = []
        while key and key != "root":
            found.insert(0, menus[key])
            key = parents.get(key)
        return found

    for key, menu in menus.items():
        if key == "root" or key not in parents:
            continue
        path = chain(key)
        names = "/".join(part["name"] for part in path)
        if wanted in (menu.get("xmlid"), names) or names.endswith("/" + wanted):
            return path
    raise AssertionError(f"{wanted!r} is no menu this user sees")


def leaf_menus(page, root):
    """The menus under `root` that open something, in the order of the screen."""
    menus = page.evaluate("() => fetch('/web/webclient/load_menus').then((reply) => reply.json())")
    by_xmlid = {menu.get("xmlid"): menu for menu in menus.values()}

    def leaves(menu):
        children = [menus[str(child)] for child in menu["children"]]
        return [leaf for child in children for leaf in leaves(child)] if children else [menu]

    return [leaf for leaf in leaves(by_xmlid[root]) if leaf["actionID"]] if root in by_xmlid else []


def open_menu(page, wanted):
    """Click through the menus to one named by its XML id or by its path on the screen ("住院/病区一览")."""
    if not page.locator(".o_main_navbar").is_visible():
        goto_home(page)  # from a screen that fills the window
    app, *rest = _menu_chain(page, wanted)
    brand = page.locator(f".o_menu_brand[data-menu-xmlid='{app['xmlid']}']")
    if not brand.count():
        page.locator(".o_navbar_apps_menu button").first.click()
        page.locator(f".o_app[data-menu-xmlid='{app['xmlid']}']").click()
        wait_idle(page)
    elif not rest:
        brand.click()
    if rest:
        section = page.locator(f".o_menu_sections [data-menu-xmlid='{rest[0]['xmlid']}']").first
        if not section.is_visible():
            page.locator(".o_menu_sections_more button, button.o_menu_sections_more").first.click()
        if section.is_visible():
            section.click()
        if len(rest) > 1 or not section.is_visible():
            page.locator(f".o-dropdown--menu [data-menu-xmlid='{rest[-1]['xmlid']}']").click()
    wait_idle(page)


def field(page, name):
    return scope(page).locator(f".o_field_widget[name='{name}']").first


def field_text(page, name):
    """What the screen shows for a field, readonly or editable."""
    widget = field(page, name)
    entry = widget.locator("input:not([type=checkbox]):not([type=radio]), textarea")
    if entry.count():
        return entry.first.input_value()
    return widget.inner_text().strip()


def _exactly(text):
    return re.compile(rf"^\s*{re.escape(text)}\s*$")


def fill_field(page, name, value):
    """Set a field the way its widget wants it: text, number, date, selection, tick, radio, many2one, tags."""
    widget = field(page, name)
    widget.wait_for()
    classes = widget.get_attribute("class") or ""
    if isinstance(value, bool):
        widget.locator("input[type=checkbox]").set_checked(value)
    elif widget.locator("input[type=radio]").count():
        widget.locator(".o_radio_item").filter(has_text=_exactly(value)).locator("input").check()
    elif widget.locator(".o_select_menu").count():
        widget.locator(".o_select_menu_toggler").first.click()
        page.locator(".o_select_menu_item").filter(has_text=_exactly(value)).first.click()
    elif widget.locator(".o-autocomplete--input").count():
        for term in [value] if isinstance(value, str) else value:
            pick_many2one(page, name, term)
        return
    elif "o_field_date" in classes:
        if widget.locator("button[data-field]").count():
            widget.locator("button[data-field]").first.focus()
        widget.locator("input").first.fill(str(value))
        page.keyboard.press("Enter")
        if page.locator(".o_datetime_picker").count():
            page.keyboard.press("Escape")
        widget.locator("input, button").first.blur()
    elif widget.locator(".odoo-editor-editable").count():
        widget.locator(".odoo-editor-editable").fill(str(value))
    else:
        entry = widget.locator("input, textarea").first
        entry.fill(str(value))
        entry.press("Tab")
    wait_idle(page)


def pick_many2one(page, name, term, choice=None):
    """Type `term` and take the suggestion that contains `choice` (the term itself when not given)."""
    entry = field(page, name).locator(".o-autocomplete--input").first
    entry.click()
    entry.fill("")
    entry.press_sequentially(term)
    page.wait_for_timeout(LOOKED_UP_AFTER)  # who chooses sooner has the list open again
    suggestions = page.locator(".o-autocomplete--dropdown-menu .o-autocomplete--dropdown-item")
    wanted = suggestions.filter(has_text=choice or term) if choice != "" else suggestions
    wanted = wanted.filter(has_not=page.locator(".o_m2o_dropdown_option_create, .o_loading")).first
    wanted.wait_for()
    wait_idle(page)
    wanted.click()
    wait_idle(page)


def click_button(page, wanted):
    """Press a button by its name (method or action), one of its classes or the text on it."""
    area = scope(page)
    for button in (
        area.locator(f"button[name='{wanted}']:visible, a[name='{wanted}']:visible, button[class~='{wanted}']:visible"),
        area.get_by_role("button", name=wanted, exact=True).locator("visible=true"),
        area.locator("button:visible, a.btn:visible").filter(has_text=wanted),
    ):
        if button.count():
            button.first.click()
            break
    else:
        menu = area.locator(".o_statusbar_buttons_dropdown_item, .o_statusbar_buttons .o-dropdown")
        assert menu.count(), f"there is no button {wanted!r} to press"
        menu.first.click()
        page.locator(".o-dropdown--menu").locator(f"[name='{wanted}'], :text-is('{wanted}')").first.click()
    wait_idle(page)


def create(page):
    scope(page).locator(CONTROLS).locator("visible=true").first.click()
    wait_idle(page)


def save(page):
    scope(page).locator(".o_form_button_save, .o_list_button_save").locator("visible=true").first.click()
    wait_idle(page)
    expect(page.locator(".o_form_status_indicator .o_form_button_save:visible")).to_have_count(0)


def chart_drawn(page):
    """Bars grow for a moment before they stand still."""
    canvas = page.locator(".o_graph_canvas_container canvas")
    expect(canvas).to_be_visible()
    drawn = [canvas.screenshot()]
    eventually(lambda: drawn.append(canvas.screenshot()) or drawn[-1] == drawn[-2])


def switch_view(page, kind):
    page.locator(f".o_switch_view.o_{kind}").click()
    wait_idle(page)


def view_kinds(page):
    """The views the screen can switch between."""
    found = page.locator(".o_switch_view").evaluate_all("(buttons) => buttons.map((button) => button.className)")
    return [re.search(r"o_switch_view\s+o_(\w+)", names)[1] for names in found]


def search(page, text):
    """Type into the search box and press Enter."""
    entry = scope(page).locator(".o_searchview_input").first
    entry.click()
    entry.fill(text)
    # Enter takes the first suggestion: one for what was typed must be there
    page.locator(".o_searchview_autocomplete .o-dropdown-item, .o_searchview_autocomplete .dropdown-item").filter(
        has_text=text.strip()
    ).first.wait_for()
    entry.press("Enter")
    wait_idle(page)


def clear_search(page):
    while (remove := scope(page).locator(".o_searchview_facet .o_facet_remove")).count():
        remove.first.click()
        wait_idle(page)


def add_filter(page, label):
    page.locator(".o_searchview_dropdown_toggler").click()
    page.locator(".o-dropdown--menu .dropdown-item").filter(has_text=label).first.click()
    page.keyboard.press("Escape")
    wait_idle(page)


def rows(page):
    return scope(page).locator(".o_data_row")


def cards(page):
    return scope(page).locator(".o_kanban_record:not(.o_kanban_ghost)")


def open_row(page, text):
    rows(page).filter(has_text=text).first.locator("td.o_data_cell").first.click()
    wait_idle(page)


def expect_notification(page, text):
    note = page.locator(".o_notification").filter(has_text=text)
    expect(note.first).to_be_visible()
    note.first.locator(".o_notification_close").click()


def expect_error(page, errors, text):
    """A refusal is shown in a dialog with this sentence; close it. Returns the whole sentence."""
    dialog = page.locator(".o_error_dialog").last
    expect(dialog).to_contain_text(text)
    sentence = dialog.locator(".modal-body").inner_text().strip()
    errors.forgive(sentence)
    dialog.locator("button.o-default-button, footer button").first.click()
    expect(page.locator(".o_error_dialog")).to_have_count(0)
    return sentence


def download(page, press):
    """The path of the file that `press()` makes the browser fetch."""
    with page.expect_download() as waiting:
        press()
    wait_idle(page)
    return waiting.value.path()


def export_list(page):
    """What the list shows as Excel, by its own menu; gives the sheet."""
    page.locator("thead .o_list_record_selector input").click()
    wait_idle(page)
    page.locator(".o_cp_action_menus button:has(.fa-cog)").first.click()
    page.locator(".o-dropdown--menu .o_menu_item").filter(has_text="导出").first.click()
    wait_idle(page)
    file = download(page, lambda: click_button(page, "导出"))
    sheet = load_workbook(io.BytesIO(file.read_bytes())).active
    page.locator(".o_dialog .btn-close, .o_dialog .o_form_button_cancel").first.click()
    wait_idle(page)
    return sheet


def print_paper(page, title):
    """The PDF that the gear menu of a form prints under `title`, whether it is the only one or one of several."""
    scope(page).locator(".o_cp_action_menus button:has(.fa-cog)").first.click()
    menus = page.locator(".o-dropdown--menu")
    menus.first.wait_for()
    wait_idle(page)
    item = menus.get_by_text(title, exact=True).first
    if not item.is_visible():
        menus.locator("button:has(.fa-print)").first.click()
    return download(page, item.click)


def eventually(check, timeout=5):
    """The first true answer of `check()`; for what the server does after it has replied."""
    end = time.monotonic() + timeout
    while not (answer := check()):
        assert time.monotonic() < end, "it did not come true in time"
        time.sleep(0.1)
    return answer
