import { onWillDestroy, onWillStart, onWillUpdateProps, useState } from "@odoo/owl";
import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { useService } from "@web/core/utils/hooks";
import { charField, CharField } from "@web/views/fields/char/char_field";

const SHOWN_FOR = 30_000;
let mayReveal = null;

/** A number of which the server only sends a mask; the eye asks for the whole of it, and that is logged. */
export class HospitalMaskedField extends CharField {
    static template = "hospital_base.MaskedField";

    setup() {
        super.setup();
        this.orm = useService("orm");
        this.masked = useState({ whole: "", allowed: false });
        onWillStart(async () => {
            mayReveal ??= this.orm.call(this.props.record.resModel, "hospital_can_reveal", []);
            this.masked.allowed = await mayReveal;
        });
        onWillUpdateProps((next) => {
            if (next.record.resId !== this.props.record.resId || next.record.data[next.name] !== this.shownMask) {
                this.hide();
            }
        });
        onWillDestroy(() => this.hide());
    }

    get hasEye() {
        const value = this.props.record.data[this.props.name];
        return this.masked.allowed && this.props.record.resId && value && value.includes("*");
    }

    get eyeTitle() {
        return this.masked.whole ? _t("Hide") : _t("Show the whole number (is logged)");
    }

    async toggle() {
        if (this.masked.whole) {
            return this.hide();
        }
        const { resModel, resId, data } = this.props.record;
        this.shownMask = data[this.props.name];
        this.masked.whole = await this.orm.call(resModel, "hospital_reveal", [[resId], this.props.name]);
        this.timer = setTimeout(() => this.hide(), SHOWN_FOR);
    }

    hide() {
        clearTimeout(this.timer);
        this.masked.whole = "";
    }
}

registry.category("fields").add("hospital_masked", { ...charField, component: HospitalMaskedField });
