import { Component, onMounted, onWillUnmount, useExternalListener, useRef, useState } from "@odoo/owl";
import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { useService } from "@web/core/utils/hooks";
import { standardActionServiceProps } from "@web/webclient/actions/action_service";

const BACK_TO_START = 30_000;

/** The self-service machine: put the card on the reader, see who you are, or be registered. */
export class HospitalKiosk extends Component {
    static template = "hospital_base.Kiosk";
    static props = { ...standardActionServiceProps };
    static displayName = _t("Self-service machine");

    setup() {
        this.orm = useService("orm");
        this.action = useService("action");
        this.scanner = useRef("scanner");
        this.state = useState({ step: "start", person: null, message: "", phone: "", busy: false });
        this.text = "";
        this.keys = ["1", "2", "3", "4", "5", "6", "7", "8", "9", "⌫", "0", "C"];
        useExternalListener(window, "keydown", () => this.focusScanner());
        useExternalListener(window, "click", () => this.focusScanner());
        onMounted(() => this.focusScanner());
        onWillUnmount(() => clearTimeout(this.timer));
    }

    /** The reader types like a keyboard: whatever it types belongs into the hidden box. */
    focusScanner() {
        if (this.state.step === "start" || this.state.step === "error") {
            this.scanner.el?.focus();
        }
        this.restartTimer();
    }

    restartTimer() {
        clearTimeout(this.timer);
        if (this.state.step !== "start") {
            this.timer = setTimeout(() => this.start(), BACK_TO_START);
        }
    }

    start() {
        this.text = "";
        Object.assign(this.state, { step: "start", person: null, message: "", phone: "", busy: false });
        if (this.scanner.el) {
            this.scanner.el.value = "";
        }
        this.focusScanner();
    }

    async onScannerKeydown(ev) {
        if (ev.key !== "Enter") {
            return;
        }
        ev.preventDefault();
        this.text = ev.target.value.replace(/[\r\n]+$/, "");
        ev.target.value = "";
        if (this.text.trim()) {
            await this.ask("identify", [this.text]);
        }
    }

    async register() {
        await this.ask("register", [this.text, null, this.state.phone || null]);
    }

    async ask(method, args) {
        if (this.state.busy) {
            return;
        }
        this.state.busy = true;
        try {
            const answer = await this.orm.call("hospital.kiosk", method, args);
            Object.assign(this.state, { step: answer.state, person: answer, message: answer.message || "" });
        } finally {
            this.state.busy = false;
        }
        this.restartTimer();
    }

    press(key) {
        if (key === "C") {
            this.state.phone = "";
        } else if (key === "⌫") {
            this.state.phone = this.state.phone.slice(0, -1);
        } else if (this.state.phone.length < 11) {
            this.state.phone += key;
        }
    }

    async leave() {
        await this.action.doAction("hospital_base.action_hospital_patient", { clearBreadcrumbs: true });
    }
}

registry.category("actions").add("hospital_kiosk", HospitalKiosk);
