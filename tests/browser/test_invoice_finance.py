"""Bills that need somebody, as finance sees and settles them."""

from playwright.sync_api import expect

from .client import (
    chart_drawn,
    clear_search,
    click_button,
    eventually,
    expect_notification,
    field,
    fill_field,
    goto_home,
    open_action,
    open_menu,
    pick_many2one,
    rows,
    scope,
    switch_view,
    wait_idle,
)

WAIT = 90  # seconds: the delivery of the platform wakes up by itself

STUCK = """SELECT bill.id, bill.number, bill.bill_number FROM hospital_invoice bill
             JOIN res_users finance ON finance.login = 'finance'
             JOIN hospital_campus_res_users_rel seen ON seen.user_id = finance.id AND seen.campus_id = bill.campus_id
            WHERE bill.state = %s AND COALESCE(bill.stop_reason, '') = %s ORDER BY bill.id LIMIT 1"""


def stuck(database, state, reason=""):
    found = database(STUCK, state, reason)
    assert found, f"the demo hospital has a bill that is {state} {reason}"
    return found[0]


def state_of(database, bill):
    return database("SELECT state FROM hospital_invoice WHERE id = %s", bill["id"])[0]["state"]


def test_the_list_shows_what_needs_somebody_first(as_role, database, shot):
    page = as_role("finance")
    goto_home(page)
    expect(page.locator("[data-key='invoices_stopped'], .o_hospital_card").first).to_be_visible()
    open_menu(page, "hospital_invoice.menu_hospital_invoice")
    [waiting] = database(
        """SELECT count(*) AS bills FROM hospital_invoice bill
             JOIN res_users finance ON finance.login = 'finance'
             JOIN hospital_campus_res_users_rel seen ON seen.user_id = finance.id AND seen.campus_id = bill.campus_id
            WHERE bill.state IN ('failed', 'stopped', 'unknown')"""
    )
    expect(rows(page)).to_have_count(waiting["bills"])
    shot(page, "invoice_list")
    clear_search(page)
    switch_view(page, "pivot")
    expect(page.locator(".o_pivot table")).to_be_visible()
    shot(page, "invoice_pivot")
    switch_view(page, "graph")
    chart_drawn(page)


def test_a_batch_tells_what_became_of_each(as_role, database, shot):
    [batch] = database("SELECT id, number, size FROM hospital_invoice_batch WHERE state = 'done' ORDER BY id LIMIT 1")
    page = as_role("finance")
    open_menu(page, "hospital_invoice.menu_hospital_invoice_batch")
    scope(page).get_by_text(batch["number"]).click()
    wait_idle(page)
    expect(field(page, "invoice_ids").locator(".o_data_row")).to_have_count(batch["size"])
    shot(page, "invoice_batch")
    field(page, "invoice_ids").locator(".o_data_row").first.locator("td").nth(1).click()
    wait_idle(page)
    expect(field(page, "batch_id")).to_contain_text(batch["number"])


def test_a_refused_bill_is_issued_again(as_role, database, shot):
    bill = stuck(database, "failed")
    page = as_role("finance")
    open_action(page, "hospital_invoice.action_hospital_invoice", bill["id"])
    expect(scope(page).locator(".alert-danger").first).to_be_visible()
    shot(page, "invoice_failed")
    click_button(page, "action_send_again")
    eventually(lambda: state_of(database, bill) == "issued", timeout=WAIT)
    open_action(page, "hospital_invoice.action_hospital_invoice", bill["id"])
    expect(scope(page).locator(".alert-danger:visible")).to_have_count(0)


def test_a_bill_on_paper_waits_for_the_form(as_role, database, shot):
    bill = stuck(database, "stopped", "paper")
    page = as_role("finance")
    open_action(page, "hospital_invoice.action_hospital_invoice", bill["id"])
    expect(scope(page).locator("button[name='action_red_form']")).to_be_visible()
    shot(page, "invoice_stopped")
    click_button(page, "action_paper_taken_back")
    page.locator(".o_dialog footer button.btn-primary").click()
    wait_idle(page)
    eventually(lambda: state_of(database, bill) == "flushed", timeout=WAIT)
    [paper] = database("SELECT state FROM hospital_invoice_paper WHERE invoice_id = %s", bill["id"])
    assert paper["state"] == "void"
    open_action(page, "hospital_invoice.action_hospital_invoice", bill["id"])
    page.locator(".o_notebook .nav-link[name='timeline']").click()
    wait_idle(page)
    chain = scope(page).locator(".o_field_widget[name='chain_ids'] .o_data_row")
    expect(chain).to_have_count(2)
    chain.last.evaluate("row => row.scrollIntoView({block: 'end'})")
    shot(page, "invoice_timeline")


def test_a_booked_bill_is_flushed_once_the_employer_has_let_go(as_role, database, shot):
    """Pressed too early the bill comes back with the same reason; the employer of the demo has let go when asked again."""
    bill = stuck(database, "stopped", "booked")
    [red] = database("SELECT id, state FROM hospital_invoice WHERE original_id = %s", bill["id"])
    page = as_role("finance")
    open_action(page, "hospital_invoice.action_hospital_invoice", bill["id"])
    expect(scope(page).locator(".alert-danger").first).to_be_visible()
    expect(scope(page).locator("button[name='action_paper_taken_back']")).to_be_hidden()
    shot(page, "invoice_booked")

    def flush_now():
        click_button(page, "action_flush_anyway")
        page.locator(".o_dialog footer button.btn-primary").click()
        wait_idle(page)

    def questions():
        [asked] = database(
            """SELECT count(*) AS done FROM hospital_message message
                 JOIN hospital_interface interface ON interface.id = message.interface_id
                WHERE message.res_model = 'hospital.invoice' AND message.res_id = %s AND message.state = 'done'
                  AND interface.code = 'getEBillAccountStatus'""",
            red["id"],
        )
        return asked["done"]

    before = questions()
    flush_now()
    eventually(lambda: questions() == before + 1, timeout=WAIT)
    eventually(lambda: state_of(database, bill) == "stopped", timeout=WAIT)
    [still] = database("SELECT state, bill_number FROM hospital_invoice WHERE id = %s", red["id"])
    assert (still["state"], still["bill_number"]) == ("waiting", None), "the platform says that it is booked still"

    open_action(page, "hospital_invoice.action_hospital_invoice", bill["id"])
    flush_now()
    eventually(lambda: state_of(database, bill) == "flushed", timeout=WAIT)
    [gone] = database("SELECT state, bill_number, amount FROM hospital_invoice WHERE id = %s", red["id"])
    assert gone["state"] == "issued"
    assert gone["bill_number"]
    assert gone["amount"] < 0
    tasks = "SELECT count(*) AS left FROM mail_activity WHERE res_model = 'hospital.invoice' AND res_id = %s AND active"
    assert database(tasks, bill["id"])[0]["left"] == 0


def test_forms_are_received_and_voided(as_role, database, shot):
    page = as_role("finance")
    open_menu(page, "hospital_invoice.menu_hospital_invoice_paper")
    expect(page.locator(".o_group_header").first).to_be_visible()
    shot(page, "invoice_forms")
    [place] = database(
        """SELECT place.id, place.code FROM hospital_invoice_place place
             JOIN res_users finance ON finance.login = 'finance' AND finance.hospital_campus_id = place.campus_id
            WHERE place.place = 'window' ORDER BY place.code DESC LIMIT 1"""
    )
    [last] = database(
        "SELECT COALESCE(max(number), '0000009000') AS number FROM hospital_invoice_paper WHERE batch = '51060198'"
    )
    first = int(last["number"]) + 1
    open_menu(page, "hospital_invoice.menu_hospital_invoice_paper_receive")
    pick_many2one(page, "place_id", place["code"])
    fill_field(page, "batch", "51060198")
    fill_field(page, "number_from", f"{first:010d}")
    fill_field(page, "number_to", f"{first + 9:010d}")
    expect(field(page, "count")).to_contain_text("10")
    shot(page, "invoice_forms_receive")
    click_button(page, "action_receive")
    expect_notification(page, "10")
    [stock] = database(
        "SELECT count(*) AS blank FROM hospital_invoice_paper WHERE batch = '51060198' AND state = 'blank' AND number >= %s",
        f"{first:010d}",
    )
    assert stock["blank"] == 10
