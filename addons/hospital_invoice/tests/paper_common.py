from odoo import fields

from odoo.addons.hospital_payment.tests.settle_common import SettleCase


class PaperCase(SettleCase):
    """Bills as the platform has issued them, put down without asking it: here it is about screens and paper."""

    bills = 0

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.kinds = {kind.code: kind for kind in cls.env["hospital.invoice.kind"].search([])}
        cls.window = cls.env["hospital.invoice.place"].create(
            {
                "code": "W03",
                "name": "3号窗口",
                "campus_id": cls.campus.id,
                "user_ids": [fields.Command.set(cls.cashier.ids)],
            }
        )

    @classmethod
    def bill(cls, kind="outpatient", amount=119.85, encounter=None, issued=True, **vals):
        """A blue bill of `amount`; its two items add up to it."""
        PaperCase.bills += 1
        number = PaperCase.bills
        encounter = encounter or (cls.outpatient if kind in ("outpatient", "registration") else cls.inpatient)
        patient = encounter.patient_id
        rest = round(amount * 0.25, 2)
        values = {
            "number": f"{cls.kinds[kind].prefix}{20260115093000 * 10**16 + number}",
            "bus_time": f"20260115093000{number:03d}",
            "bus_day": "2026-01-15",
            "kind_id": cls.kinds[kind].id,
            "res_model": "hospital.encounter",
            "res_id": 10**6 + number,
            "encounter_id": encounter.id,
            "patient_id": patient.id,
            "campus_id": encounter.campus_id.id,
            "company_id": encounter.company_id.id,
            "currency_id": encounter.currency_id.id,
            "amount": amount,
            "self_amount": amount,
            "payer_name": patient.name,
            "place_id": cls.window.id,
            "user_id": cls.cashier.id,
            "item_ids": [
                fields.Command.create(
                    {"sequence": 1, "code": "04", "name": "检查费", "amount": round(amount - rest, 2)}
                ),
                fields.Command.create({"sequence": 2, "code": "09", "name": "西药费", "amount": rest}),
            ],
            "detail_ids": [
                fields.Command.create(
                    {
                        "sequence": 1,
                        "category_code": "09",
                        "category_name": "西药费",
                        "code": "ZAMX",
                        "name": "阿莫西林胶囊",
                        "spec": "0.25g*24",
                        "unit": "盒",
                        "quantity": 1,
                        "price": rest,
                        "amount": rest,
                    }
                )
            ],
            "pay_ids": [
                fields.Command.create({"code": "cash", "name": "现金", "platform_code": "02", "amount": amount})
            ],
        }
        if issued:
            values.update(cls.triple(number))
        return cls.env["hospital.invoice"].create({**values, **vals})

    @classmethod
    def triple(cls, number):
        return {
            "state": "issued",
            "batch_code": "51060126",
            "bill_number": f"{number:010d}",
            "check_code": "a1b2c3",
            "created_at": "2026-01-15 01:30:05",
            "picture_url": f"http://10.0.0.9/bill/{number}",
        }

    @classmethod
    def flush(cls, bill, **vals):
        """Its red bill."""
        PaperCase.bills += 1
        number = PaperCase.bills
        red = bill.copy(
            {
                "number": f"{bill.kind_id.prefix}{20260116093000 * 10**16 + number}",
                "bus_time": f"20260116093000{number:03d}",
                "bus_day": "2026-01-16",
                "colour": "red",
                "is_current": False,
                "original_id": bill.id,
                "amount": -bill.amount,
                "flush_reason": "未做检查",
                **cls.triple(number),
                "item_ids": [],
                "detail_ids": [],
                "pay_ids": [],
                **vals,
            }
        )
        bill.write({"state": "flushed", "is_current": False})
        bill.flush_recordset()
        return red

    def as_(self, user, records):
        return records.with_user(user)
