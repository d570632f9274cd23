import base64
import io

import qrcode
from markupsafe import Markup
from odoo import api, models
from odoo.tools import SQL

from .sandbox_bosssoft import BILL, FORM, RED, REFUSED

PICTURE = "picture"
LINE = 26
SVG = Markup(
    "<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 720 %(height)s' width='720' height='%(height)s' "
    "font-family='sans-serif' font-size='15'><rect width='720' height='%(height)s' fill='%(paper)s'/>"
    "<text x='360' y='40' text-anchor='middle' font-size='22' fill='%(ink)s'>%(title)s</text>%(lines)s</svg>"
)
TEXT = Markup("<text x='%s' y='%s' text-anchor='%s' fill='%s'>%s</text>")


class HospitalSandboxBosssoft(models.AbstractModel):
    """What the platform says when it is asked, and the picture of a bill."""

    _inherit = "hospital.sandbox.bosssoft"

    # === ONE BILL ===

    @api.model
    def _answer_getebillbybusno(self, payload, visit):
        """Number and time have to be those of the issue."""
        bill = self._held(visit.platform, BILL, payload["busNo"])
        if not bill or bill.data["busDateTime"] != payload["busDateTime"]:
            raise self._no(self._absent_code(visit), "业务流水号不存在")
        return {
            **self._said(visit, bill.data),
            "isScarlet": "1" if bill.data["red"] else "0",
            **self._scarlet(visit, bill),
        }

    @api.model
    def _answer_getebillstatesbybillinfo(self, payload, visit):
        bill = self._asked_bill(visit, payload)
        paper = bill.data["paper"] or ["", ""]
        return {
            "billName": "医疗电子票据",
            "billBatchCode": bill.data["batch"],
            "billNo": bill.data["no"],
            "random": bill.data["random"],
            "ivcDateTime": bill.data["created"],
            "state": "1",
            "isPrtPaper": "1" if bill.data["paper"] else "0",
            "pBillBatchCode": paper[0],
            "pBillNo": paper[1],
            "isScarlet": "1" if bill.data["red"] else "0",
            **self._scarlet(visit, bill),
        }

    _answer_paper_state = _answer_getebillstatesbybillinfo

    @api.model
    def _scarlet(self, visit, bill):
        red = bill.data["red"]
        if not red:
            return {}
        pictures = self._pictures(visit, red)
        return {
            "scarletBillBatchCode": red["batch"],
            "scarletBillNo": red["no"],
            "scarletRandom": red["random"],
            "scarletCreateTime": red["created"],
            "scarletBillBusDate": red["busDateTime"],
            "scarletBillQRCode": pictures["billQRCode"],
            "scarletPictureUrl": pictures["pictureUrl"],
        }

    @api.model
    def _asked_bill(self, visit, payload):
        bill = self._named(visit.platform, payload["billBatchCode"], payload["billNo"])
        if not bill or ("random" in payload and payload["random"] != bill.data["random"]):
            raise self._no(REFUSED, "电子票据不存在")
        return bill

    @api.model
    def _answer_getebillaccountstatus(self, payload, visit):
        """For ever booked, or so many times as the number says: then the employer has taken it back."""
        bill = self._asked_bill(visit, payload)
        booked = bill.data["booked"]
        if booked and booked is not True:
            self._change(bill, booked=booked - 1)
        return {"state": "1" if booked else "0"}

    @api.model
    def _answer_getebillpicurl(self, payload, visit):
        url = self._pictures(visit, self._asked_bill(visit, payload).data)["pictureUrl"]
        return {"pictureUrl": url, "pictureNetUrl": url}

    @api.model
    def _answer_testserverconnect(self, payload, visit):
        return {}

    # === FORMS ===

    @api.model
    def _answer_getpaperbillno(self, payload, visit):
        """The number after the last one it has seen of this form at this place."""
        [row] = self.env.execute_query(
            SQL(
                "SELECT max(key) FROM hospital_sandbox_record WHERE platform_id = %s AND kind = %s"
                " AND data ->> 'placeCode' = %s AND starts_with(key, %s)",
                visit.platform.id,
                FORM,
                payload["placeCode"],
                f"{payload['pBillBatchCode']}-",
            )
        )
        last = (row[0] or "-0000000000").rpartition("-")[2]
        return {"pBillBatchCode": payload["pBillBatchCode"], "pBillNo": f"{int(last) + 1:0{len(last)}d}"}

    # === LISTS AND TOTALS ===

    @api.model
    def _listed(self, platform, start, end, kinds=(BILL, RED), place="", bus_type=""):
        """(kind, data) of everything whose business time lies between the two, in its order."""
        self.env["hospital.sandbox.record"].flush_model()
        query = SQL(
            """SELECT kind, data FROM hospital_sandbox_record
                WHERE platform_id = %s AND kind = ANY(%s) AND data ->> 'busDateTime' BETWEEN %s AND %s
                  AND (%s = '' OR data ->> 'placeCode' = %s) AND (%s = '' OR data ->> 'busType' = %s)
                ORDER BY data ->> 'busDateTime', id""",
            platform.id, list(kinds), start, end, place, place, bus_type, bus_type,
        )  # fmt: skip
        return self.env.execute_query(query)

    @api.model
    def _answer_getbillbybusdate(self, payload, visit):
        kinds = {"1": (BILL,), "2": (RED,)}.get(payload.get("dataType") or "", (BILL, RED))
        rows = self._listed(
            visit.platform, payload["busBgnDate"], payload["busEndDate"], kinds, payload.get("placeCode") or ""
        )
        page, size = int(payload["pageNo"]), min(int(payload["pageSize"]), 200)
        listed = [self._listed_bill(kind, data) for kind, data in rows[(page - 1) * size : page * size]]
        return {"total": len(rows), "pageNo": page, "billList": listed}

    _answer_voucher_state = _answer_getbillbybusdate

    @api.model
    def _listed_bill(self, kind, data):
        related = data.get("of") or ([data["red"]["batch"], data["red"]["no"]] if data.get("red") else ["", ""])
        flushed = data.get("flushed", 0) >= data["total"] if kind == BILL else False
        return {
            "busDate": data["busDateTime"],
            "busNo": data["busNo"],
            "busType": data["busType"],
            "placeCode": data["placeCode"],
            "billName": "医疗电子票据",
            "billBatchCode": data["batch"],
            "billNo": data["no"],
            "random": data["random"],
            "totalAmt": data["total"] / 100,
            "ivcDateTime": data["created"],
            "dataType": "1" if kind == BILL else "2",
            "state": "3" if flushed else "1",
            "relateBillBatchCode": related[0],
            "relateBillNo": related[1],
        }

    @api.model
    def _answer_checktotaldata(self, payload, visit):
        return self._totals(payload, visit, BILL)

    @api.model
    def _answer_checkwriteoffdata(self, payload, visit):
        return self._totals(payload, visit, RED)

    @api.model
    def _totals(self, payload, visit, kind):
        day = payload["busDate"].replace("-", "")
        rows = self._listed(
            visit.platform,
            f"{day}000000000",
            f"{day}235959999",
            (kind,),
            payload.get("placeCode") or "",
            payload.get("busType") or "",
        )
        total = abs(sum(data["total"] for _kind, data in rows)) / 100
        return {
            "busDate": payload["busDate"],
            "copyNum": len(rows),
            "totalAmt": total,
            "totalNum": len(rows),
            "allTotalAmt": total,
            "allTotalNum": len(rows),
            "billNoList": [],
        }

    # === PICTURES ===

    @api.model
    def _pictures(self, visit, data):
        name = f"{data['batch']}-{data['no']}-{data['random']}"
        url = f"{visit.platform.get_base_url()}/sandbox/{visit.platform.code}/{PICTURE}/{name}"
        return {"billQRCode": _qr(",".join((data["batch"], data["no"], data["random"]))), "pictureUrl": url}

    @api.model
    def _described(self, visit):
        what, _slash, name = visit.asked.path.partition("/")
        if what != PICTURE or not name:
            return super()._described(visit)
        told = self.env["hospital.sandbox.http_json"]._pack(visit, {}, None)
        data = self._pictured(visit.platform, name)
        told.status = 200 if data else 404
        told.headers = {"Content-Type": "image/svg+xml; charset=utf-8"}
        told.body = str(_drawn(data)).encode() if data else b""
        return told

    @api.model
    def _pictured(self, platform, name):
        """Who knows the check code may look."""
        number, _dash, check = name.rpartition("-")
        rows = self.env.execute_query(
            SQL(
                "SELECT data FROM hospital_sandbox_record WHERE platform_id = %s AND number = %s AND kind IN (%s, %s)"
                " AND data ->> 'random' = %s",
                platform.id, number, BILL, RED, check,
            )
        )  # fmt: skip
        return rows[0][0] if rows else None


def _qr(text):
    code = qrcode.QRCode(box_size=2, border=1, error_correction=qrcode.constants.ERROR_CORRECT_L, mask_pattern=0)
    code.add_data(text)
    image = io.BytesIO()
    code.make_image().save(image, "PNG")
    return base64.b64encode(image.getvalue()).decode()


def _drawn(data):
    """A page with all that is on the bill."""
    is_red = data["total"] < 0
    ink = "#b00020" if is_red else "#333"
    rows = [
        ("票据代码", data["batch"]),
        ("票据号码", data["no"]),
        ("校验码", data["random"]),
        ("交款人", data["payer"]),
    ]
    rows += [(name, f"{cents / 100:.2f}") for name, cents in data["items"]]
    rows += [(f"　{name} × {count}", f"{cents / 100:.2f}") for name, count, cents in data["details"]]
    if data.get("of"):
        rows.append(("冲销票据", " ".join(data["of"])))
    if data.get("red"):
        rows.append(("已冲红", f"{data['red']['batch']} {data['red']['no']}"))
    if data.get("paper"):
        rows.append(("纸质票据", " ".join(data["paper"])))
    rows.append(("合计", f"¥ {data['total'] / 100:.2f}"))
    lines = Markup()
    for place, (name, value) in enumerate(rows):
        height = 80 + place * LINE
        lines += TEXT % (40, height, "start", ink, name) + TEXT % (680, height, "end", ink, value)
    title = "医疗电子票据（红票）" if is_red else "住院预交金电子凭证" if data["voucher"] else "医疗电子票据"
    return SVG % {
        "height": 110 + len(rows) * LINE,
        "paper": "#fff5f5" if is_red else "#fffdf5",
        "ink": ink,
        "title": title,
        "lines": lines,
    }
