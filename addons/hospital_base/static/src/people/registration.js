import { Component, useExternalListener } from "@odoo/owl";
import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { useService } from "@web/core/utils/hooks";
import { charField, CharField } from "@web/views/fields/char/char_field";
import { standardFieldProps } from "@web/views/fields/standard_field_props";
import { FormController } from "@web/views/form/form_controller";
import { formView } from "@web/views/form/form_view";

const REGISTRATION = "hospital_base.action_hospital_patient_registration";

/** The box a keyboard-wedge reader types into; Enter ends a scan and the box is ready for the next one. */
export class HospitalScanField extends CharField {
    static template = "hospital_base.ScanField";

    parse(value) {
        return value.replace(/[\r\n]+$/, ""); // the chip's fields have a fixed width: spaces count
    }

    async onKeydown(ev) {
        if (ev.key !== "Enter" || ev.isComposing || !ev.target.value.trim()) {
            return;
        }
        ev.preventDefault();
        ev.stopPropagation();
        const text = this.parse(ev.target.value);
        await this.props.record.update({ [this.props.name]: text });
        if (this.input.el) {
            this.input.el.value = "";
        }
    }
}

registry.category("fields").add("hospital_scan", { ...charField, component: HospitalScanField });

/** People who may be the one at the desk, with a button to open each. */
export class HospitalDoublesField extends Component {
    static template = "hospital_base.DoublesField";
    static props = standardFieldProps;

    setup() {
        this.action = useService("action");
    }

    get doubles() {
        return this.props.record.data[this.props.name] || [];
    }

    async open(id) {
        await this.props.record.discard();
        await this.action.doAction({
            type: "ir.actions.act_window",
            res_model: "hospital.patient",
            res_id: id,
            views: [[false, "form"]],
        });
    }
}

registry.category("fields").add("hospital_doubles", { component: HospitalDoublesField, supportedTypes: ["json"] });

/** Enter registers, from any field, unless it chooses from an open list. */
export class HospitalRegistrationController extends FormController {
    setup() {
        super.setup();
        useExternalListener(window, "keydown", this.onRegistrationKeydown.bind(this), { capture: false });
    }

    get className() {
        return { ...super.className, o_hospital_registration_view: true };
    }

    /** Leaving the desk half-way keeps nothing. */
    async beforeLeave() {
        await this.model.root.discard();
        return true;
    }

    async beforeUnload() {}

    onRegistrationKeydown(ev) {
        if (ev.key !== "Enter" || ev.isComposing || ev.defaultPrevented || ev.altKey || ev.ctrlKey || ev.shiftKey) {
            return;
        }
        const form = ev.target.closest?.(".o_hospital_registration");
        if (!form || ev.target.closest("textarea, button, a") || document.querySelector(".o-autocomplete--dropdown-menu, .modal")) {
            return;
        }
        const button = form.querySelector("button[name=action_register]:not([disabled])");
        if (button) {
            ev.preventDefault();
            button.focus(); // the field being typed in takes its value first
            button.click();
        }
    }
}

registry.category("views").add("hospital_registration", { ...formView, Controller: HospitalRegistrationController });

/** After a registration: say so, print, and be ready for the next person. */
async function registrationDone(env, action) {
    const { patient_id: patientId, message, card, report } = action.params;
    env.services.notification.add(card ? `${message} ${_t("Card")}: ${card}` : message, {
        type: "success",
        buttons: [
            {
                name: _t("Open"),
                onClick: () =>
                    env.services.action.doAction({
                        type: "ir.actions.act_window",
                        res_model: "hospital.patient",
                        res_id: patientId,
                        views: [[false, "form"]],
                    }),
            },
        ],
    });
    if (report) {
        await env.services.action.doAction(report);
    }
    await env.services.action.doAction(REGISTRATION, { stackPosition: "replaceCurrentAction" });
}

registry.category("actions").add("hospital_registration_done", registrationDone);
