"""A closed shift is an entry of the books: the accounts are set, a shift is closed, reopened, and closed again."""

from playwright.sync_api import expect

from .client import click_button, fill_field, open_action, open_menu, rows, scope, wait_idle

ENTRIES = """SELECT move.id, move.state, sum(line.debit) AS debit, sum(line.credit) AS credit
               FROM account_move move JOIN account_move_line line ON line.move_id = move.id
              WHERE move.hospital_shift_id = %s GROUP BY move.id ORDER BY move.id"""
LEFT_OVER = """SELECT line.account_id FROM account_move move JOIN account_move_line line ON line.move_id = move.id
                WHERE move.hospital_shift_id = %s GROUP BY line.account_id HAVING sum(line.balance) <> 0"""
TYPES = {"channel": "asset_cash", "charge": "income", "difference": "expense", "rounding": "income_other"}


def journal_of(admin):
    found = admin.call("account.journal", "search", [("code", "=", "SFRJ")])
    if not found:
        values = {"name": "收费日结", "code": "SFRJ", "type": "general"}
        found = [admin.call("account.journal", "create", values)]
    return found[0]


def complete(admin):
    """An account in each row, as the accountant would choose them."""
    posting = admin.call(
        "hospital.posting.account", "search_read", [("account_id", "=", False)], ["use", "display_name"]
    )
    for row in posting:
        code = f"HP{row['id']:04}"
        values = {"name": row["display_name"], "code": code, "account_type": TYPES.get(row["use"], "liability_current")}
        admin.call(
            "hospital.posting.account",
            "write",
            [row["id"]],
            {"account_id": admin.call("account.account", "create", values)},
        )


def accountant_of(admin):
    """Keeps the books and sees the money of all campuses."""
    if admin.call("res.users", "search", [("login", "=", "accountant")]):
        return "accountant"
    names = [("hospital_base", "group_hospital_finance_clerk"), ("account", "group_account_readonly")]
    groups = [
        admin.call("ir.model.data", "search_read", [("module", "=", module), ("name", "=", name)], ["res_id"])[0][
            "res_id"
        ]
        for module, name in names
    ]
    campuses = admin.call("hospital.campus", "search", [])
    values = {"name": "会计", "login": "accountant", "password": "accountant", "lang": "zh_CN", "tz": "Asia/Shanghai"}
    admin.call(
        "res.users", "create", {**values, "group_ids": [(6, 0, groups)], "hospital_campus_ids": [(6, 0, campuses)]}
    )
    return "accountant"


def test_a_closed_shift_is_in_the_books(as_role, rpc, database, shot):
    admin = rpc("admin")
    [company] = admin.call("res.company", "search", [], limit=1, order="id")
    admin.call("res.company", "write", [company], {"hospital_shift_journal_id": journal_of(admin)})

    page = as_role("finance_manager")
    open_menu(page, "hospital_payment_account.menu_hospital_posting_account")
    click_button(page, "action_complete")
    expect(rows(page).first).to_be_visible()
    shot(page, "payment_posting_accounts")
    complete(admin)

    [shift] = database(
        """SELECT shift.id, cashier.login FROM hospital_shift shift JOIN res_users cashier ON cashier.id = shift.user_id
            WHERE shift.state = 'counted' ORDER BY shift.id LIMIT 1"""
    )
    open_menu(page, "hospital_payment.menu_hospital_shift")
    shot(page, "payment_shifts")
    open_action(page, "hospital_payment.action_hospital_shift", shift["id"])
    click_button(page, "action_close")
    [entry] = database(ENTRIES, shift["id"])
    assert entry["state"] == "posted"
    assert entry["debit"] == entry["credit"] > 0
    expect(scope(page).locator("button[name='action_post_entry']")).to_have_count(0)

    accountant = as_role(accountant_of(admin))
    open_action(accountant, "hospital_payment.action_hospital_shift", shift["id"])
    click_button(accountant, "action_open_moves")
    rows(accountant).first.locator("td.o_data_cell").first.click()
    wait_idle(accountant)
    shot(accountant, "payment_posting_entry")

    # reopened: the entry is reversed; it stays readable
    click_button(page, "action_reopen")
    fill_field(page, "reason", "漏点一笔现金")
    click_button(page, "action_confirm")
    first, reverse = database(ENTRIES, shift["id"])
    assert first["id"] == entry["id"]
    assert reverse["state"] == "posted"
    assert not database(LEFT_OVER, shift["id"]), "both entries together are nothing"

    # counted and closed again: a new entry
    rpc(shift["login"]).call("hospital.shift", "action_count", [shift["id"]])
    open_action(page, "hospital_payment.action_hospital_shift", shift["id"])
    click_button(page, "action_close")
    assert len(database(ENTRIES, shift["id"])) == 3
    assert database(LEFT_OVER, shift["id"])
