from odoo import api, fields, models

from ..tools import pinyin


class HospitalPinyinMixin(models.AbstractModel):
    """A name that is also found by its pinyin and by the initials of it: 心血管内科 by XXGNK."""

    _name = "hospital.pinyin.mixin"
    _description = "Name with pinyin"
    _rec_names_search = ["name", "initials", "code"]
    _hospital_pinyin_style = "thing"

    name = fields.Char(required=True, index="trigram")
    pinyin = fields.Char(compute="_compute_pinyin", store=True, readonly=False, index="trigram", copy=False)
    initials = fields.Char(
        string="Pinyin initials",
        compute="_compute_pinyin",
        store=True,
        readonly=False,
        index="trigram",
        copy=False,
        help="Filled from the name. Change them when a character of the name is read in another way.",
    )

    @api.depends("name")
    def _compute_pinyin(self):
        person = self._hospital_pinyin_style == "person"
        for record in self:
            record.pinyin = pinyin.pinyin(record.name, person)
            record.initials = pinyin.initials(record.name, person)
