from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain

STATES = [("preparing", "In preparation"), ("running", "Running"), ("closed", "Closed")]


class HospitalGcpProject(models.Model):
    """One drug trial in this hospital."""

    _name = "hospital.gcp.project"
    _description = "Trial project"
    _inherit = [
        "hospital.pinyin.mixin",
        "hospital.archive.mixin",
        "hospital.import.mixin",
        "mail.thread",
        "mail.activity.mixin",
    ]
    _order = "code, id"
    _hospital_import_fields = (
        "code",
        "name",
        "sponsor",
        "principal_id",
        "phase",
        "created_on",
        "date_from",
        "date_to",
    )

    code = fields.Char("Project code", required=True, copy=False, index=True, tracking=True)
    name = fields.Char("Project name", tracking=True)
    sponsor = fields.Char(tracking=True)
    principal_id = fields.Many2one(
        "hospital.practitioner",
        "Principal investigator",
        index="btree_not_null",
        ondelete="restrict",
        tracking=True,
    )
    created_on = fields.Date(
        "Project created on", required=True, default=lambda self: self.env.company._hospital_today(), copy=False
    )
    date_from = fields.Date("First day")
    date_to = fields.Date("Last day")
    phase = fields.Selection(
        [
            ("1", "Phase I"),
            ("2", "Phase II"),
            ("3", "Phase III"),
            ("4", "Phase IV"),
            ("be", "Bioequivalence"),
            ("device", "Medical device"),
            ("ivd", "In-vitro diagnostics"),
            ("iit", "Investigator initiated"),
            ("other", "Other"),
        ],
        tracking=True,
    )
    state = fields.Selection(STATES, required=True, readonly=True, copy=False, default="preparing", tracking=True)
    company_id = fields.Many2one(
        "res.company", "Hospital", required=True, index=True, default=lambda self: self.env.company
    )
    note = fields.Text()
    investigator_ids = fields.One2many("hospital.gcp.investigator", "project_id", "Investigators", copy=True)
    subject_ids = fields.One2many("hospital.gcp.subject", "project_id", "Subjects")
    subject_count = fields.Integer("Subjects so far", compute="_compute_subject_count")
    open_count = fields.Integer(
        "In the trial", compute="_compute_subject_count", help="Subjects who have not left the trial."
    )

    _code_unique = models.UniqueIndex(
        "(company_id, code)", "Another project has this code already. Choose another code or open that project."
    )
    _dates_in_order = models.Constraint(
        "CHECK (date_to >= date_from)", "The last day of the project lies before its first day. Correct the dates."
    )

    # === COMPUTE ===

    @api.depends("code", "name")
    def _compute_display_name(self):
        for project in self:
            project.display_name = f"{project.code or ''} {project.name or ''}".strip()

    @api.depends("subject_ids.status")
    def _compute_subject_count(self):
        counts = {}
        for project, status, count in self.env["hospital.gcp.subject"]._read_group(
            [("project_id", "in", self.ids)], ["project_id", "status"], ["__count"]
        ):
            counts.setdefault(project.id, {})[status] = count
        for project in self:
            own = counts.get(project._origin.id, {})
            project.subject_count = sum(own.values())
            project.open_count = project.subject_count - own.get("out", 0)

    @api.model
    def _search_display_name(self, operator, value):
        """Also by the whole of what is displayed, as it stands in an Excel file."""
        domain = super()._search_display_name(operator, value)
        if operator != "in":
            return domain
        pairs = [text.split(" ", 1) for text in value if isinstance(text, str) and " " in text]
        return Domain.OR([domain, *(Domain("code", "=", code) & Domain("name", "=", name) for code, name in pairs)])

    # === CRUD ===

    @api.model
    def _hospital_import_example(self):
        return {
            "code": "GCP0001",
            "name": "示例药物治疗示例疾病的Ⅲ期临床试验",
            "sponsor": "示例制药有限公司",
            "phase": "Phase III",
        }

    # === ACTIONS ===

    def action_start(self):
        self._to_state("running")

    def action_close(self):
        self._to_state("closed")

    def action_reopen(self):
        self._to_state("running")

    def action_subjects(self):
        """The subjects of this project, new ones bound to it."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id("hospital_gcp.action_hospital_gcp_subject")
        return {
            **action,
            "display_name": self.display_name,
            "domain": [("project_id", "=", self.id)],
            "context": {"default_project_id": self.id},
        }

    def action_bind(self):
        """Bind several patients at once."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Bind patients to %s", self.code),
            "res_model": "hospital.gcp.binding",
            "view_mode": "form",
            "target": "new",
            "context": {"default_project_id": self.id},
        }

    # === BUSINESS ===

    def _to_state(self, state):
        allowed = {"running": ("preparing", "closed"), "closed": ("preparing", "running")}
        labels = dict(self._fields["state"]._description_selection(self.env))
        for project in self:
            if project.state not in allowed[state]:
                raise UserError(
                    self.env._(
                        "%(project)s is “%(state)s” already.", project=project.display_name, state=labels[project.state]
                    )
                )
            project.state = state
