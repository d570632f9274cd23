"""A field that everybody may see masked and nobody may read whole, except through a logged reveal."""

from odoo import fields
from odoo.exceptions import UserError
from odoo.fields import Domain

from .masking import is_masked


def masked_char(string, full, mask, normalise, prefix=0, **kwargs):
    """The public face of the secret field ``full``.

    :param mask: what of the value is shown
    :param normalise: method name of the model: cleans what a person typed, and refuses nonsense
    :param prefix: how many characters a search needs to match by prefix; 0: only the whole value is found
    """

    def _compute(records):
        for record in records:
            record[name()] = mask(record[full])

    def _inverse(records):
        for record in records:
            _sudo = record.sudo()  # the secret is closed to every user; whoever may write the record may replace it
            typed = record[name()]
            if is_masked(typed):
                if typed != mask(_sudo[full]):
                    raise UserError(
                        records.env._("Type the whole number: a part of a masked number cannot be changed.")
                    )
                continue
            value = getattr(record, normalise)(typed) if typed else False
            if (value or False) != (_sudo[full] or False):
                _sudo[full] = value
        records.invalidate_recordset([name()])

    def _search(records, operator, value):
        if operator not in ("in", "=", "ilike", "like", "=like", "=ilike"):
            return NotImplemented
        wanted = [value] if isinstance(value, str) or not hasattr(value, "__iter__") else list(value)
        domain = Domain.FALSE
        for item in wanted:
            if not item:
                domain |= Domain(full, "=", False)
                continue
            text = records._hospital_search_value(full, str(item).strip("%"))
            if prefix and len(text) >= prefix and operator not in ("in", "="):
                domain |= Domain(
                    full, "=like", text.replace("\\", "\\\\").replace("%", r"\%").replace("_", r"\_") + "%"
                )
            elif text:
                domain |= Domain(full, "=", text)
        model = records.sudo().with_context(active_test=False)
        return Domain("id", "in", model._search(domain))

    _compute._depends = (full,)

    def name():
        return field.name

    field = fields.Char(
        string,
        compute=_compute,
        inverse=_inverse,
        search=_search,
        compute_sudo=True,
        masked_full=full,
        copy=False,
        **kwargs,
    )
    return field
