import { registry } from "@web/core/registry";
import { useExternalListener } from "@odoo/owl";
import { FormController } from "@web/views/form/form_controller";
import { formView } from "@web/views/form/form_view";

/** A small window that Enter confirms, unless a list of choices is open or a text of several lines is written. */
export class QuickFormController extends FormController {
    setup() {
        super.setup();
        useExternalListener(window, "keydown", this.onQuickKeydown.bind(this), { capture: true });
    }

    onQuickKeydown(ev) {
        if (ev.key !== "Enter" || ev.isComposing || ev.defaultPrevented || ev.altKey || ev.ctrlKey || ev.shiftKey) {
            return;
        }
        const dialogs = document.querySelectorAll(".modal:not(.o_inactive_modal)");
        const dialog = dialogs[dialogs.length - 1];
        const isHere = dialog && (dialog.contains(ev.target) || ev.target === document.body);
        if (!isHere || !dialog.querySelector(".o_hospital_quick_form")) {
            return;
        }
        // a date shows as a button until it is edited; what is typed there counts as soon as the focus leaves it
        const isOther = ev.target.closest("textarea, button:not([data-field]), a, .dropdown-menu");
        if (isOther || document.querySelector(".o-autocomplete--dropdown-menu")) {
            return;
        }
        const confirm = dialog.querySelector("footer button[name=action_confirm]:not([disabled])");
        if (confirm) {
            ev.preventDefault();
            ev.stopPropagation();
            confirm.focus(); // the field being typed in takes its value first
            confirm.click();
        }
    }

    get className() {
        return { ...super.className, o_hospital_quick_form: true };
    }
}

registry.category("views").add("hospital_quick_form", { ...formView, Controller: QuickFormController });
