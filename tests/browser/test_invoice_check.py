"""The daily check as finance sees it, a bill without an answer, and the list as a table for Excel."""

import pytest
from playwright.sync_api import expect

from .client import (
    clear_search,
    click_button,
    eventually,
    export_list,
    field_text,
    open_action,
    open_menu,
    open_row,
    rows,
    scope,
)

WAIT = 90  # seconds: the delivery of the platform wakes up by itself


@pytest.fixture
def lost(database):
    """The bill of an earlier day whose answer was lost."""
    found = database(
        """SELECT bill.id, bill.number, bill.bus_day, bill.campus_id FROM hospital_invoice bill
             JOIN res_users finance ON finance.login = 'finance' AND finance.hospital_campus_id = bill.campus_id
            WHERE bill.state = 'unknown' ORDER BY bill.id LIMIT 1"""
    )
    assert found, "the demo hospital has a bill without an answer"
    return found[0]


def day_of(database, bill):
    found = database(
        """SELECT recon.id, recon.state, recon.open_count FROM hospital_recon recon
             JOIN hospital_pay_channel channel ON channel.id = recon.channel_id AND channel.code = 'invoice'
            WHERE recon.day = %s AND recon.campus_id = %s AND recon.bill_id IS NOT NULL""",
        bill["bus_day"],
        bill["campus_id"],
    )
    return found and found[0]


def all_compared(database, bill):
    """The day of this bill, once no day is being compared any more."""
    waiting = database(
        """SELECT recon.id FROM hospital_recon recon
             JOIN hospital_pay_channel channel ON channel.id = recon.channel_id AND channel.code = 'invoice'
            WHERE recon.bill_id IS NULL LIMIT 1"""
    )
    return not waiting and day_of(database, bill)


def check_every_day(rpc, database, bill):
    """What the scheduled action does each hour."""
    if all_compared(database, bill):
        return
    admin = rpc("admin")
    [action] = database(
        """SELECT data.res_id AS id FROM ir_model_data data
            WHERE data.module = 'hospital_invoice' AND data.name = 'ir_cron_invoice_check'"""
    )
    admin.call("ir.cron", "method_direct_trigger", [action["id"]])
    eventually(lambda: all_compared(database, bill), timeout=4 * WAIT)


def test_a_difference_of_the_day_is_found_and_settled(as_role, rpc, database, lost, shot):
    """The platform has a bill whose answer was lost: its day alone differs, until it was asked about."""
    check_every_day(rpc, database, lost)
    day = day_of(database, lost)
    differing = """SELECT item.our_number FROM hospital_recon_item item
                     JOIN hospital_recon recon ON recon.id = item.recon_id
                     JOIN hospital_pay_channel channel ON channel.id = recon.channel_id AND channel.code = 'invoice'
                    WHERE item.is_live"""
    assert (day["state"], day["open_count"]) == ("open", 1)
    assert [row["our_number"] for row in database(differing)] == [lost["number"]]
    page = as_role("finance")
    open_menu(page, "hospital_payment.menu_hospital_recon_item")
    clear_search(page)
    expect(rows(page).filter(has_text=lost["number"])).to_have_count(1)
    shot(page, "invoice_differences")
    open_row(page, lost["number"])
    shot(page, "invoice_difference")
    click_button(page, "action_order")
    assert lost["number"] in scope(page).locator(".oe_title").inner_text()
    shot(page, "invoice_unknown")

    click_button(page, "action_ask")
    state = "SELECT state, bill_number FROM hospital_invoice WHERE id = %s"
    eventually(lambda: database(state, lost["id"])[0]["state"] == "issued", timeout=WAIT)
    [there] = database(
        """SELECT number, count FROM hospital_sandbox_record WHERE kind = 'bill' AND key = %s""", lost["number"]
    )
    assert there["number"].endswith(database(state, lost["id"])[0]["bill_number"])
    assert there["count"] == 1, "asked about, not issued again"

    open_action(page, "hospital_payment.action_hospital_recon", day["id"])
    expect(scope(page).locator("button[name='action_delete_bill']:visible")).to_have_count(0)
    click_button(page, "o_compare_again")
    settled = day_of(database, lost)
    assert (settled["state"], settled["open_count"]) == ("settled", 0)
    assert not database(differing)
    assert field_text(page, "open_count") == "0"
    shot(page, "invoice_day")


def test_the_list_goes_to_excel(as_role, database, shot):
    page = as_role("finance_manager")
    open_menu(page, "hospital_invoice.menu_hospital_invoice")
    clear_search(page)
    shown = rows(page).count()
    sheet = export_list(page)
    titles = [str(cell.value) for cell in sheet[1]]
    for wanted in ("业务流水号", "金额", "票据号码", "状态"):
        assert any(wanted in title for title in titles), titles
    assert sheet.max_row == shown + 1
    numbers = {str(row[titles.index("业务流水号")].value) for row in sheet.iter_rows(min_row=2)}
    known = {row["number"] for row in database("SELECT number FROM hospital_invoice")}
    assert numbers <= known
    assert len(numbers) == shown
