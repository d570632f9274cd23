import { Component, onMounted, onWillUnmount, useExternalListener, useRef, useState } from "@odoo/owl";
import { browser } from "@web/core/browser/browser";
import { _t } from "@web/core/l10n/translation";
import { download } from "@web/core/network/download";
import { registry } from "@web/core/registry";
import { useService } from "@web/core/utils/hooks";
import { standardActionServiceProps } from "@web/webclient/actions/action_service";

const STAYS = { offer: 60, no: 30, error: 20, sent: 30, done: 15, desk: 30 }; // seconds, then the next patient
const LOOKS_EVERY = 2;

/** The self-service refund: the card on the reader, what goes back by which road, yes, and the slip. */
export class HospitalRefundKiosk extends Component {
    static template = "hospital_payment.RefundKiosk";
    static props = { ...standardActionServiceProps };
    static displayName = _t("Self-service refund");

    setup() {
        this.orm = useService("orm");
        this.action = useService("action");
        this.scanner = useRef("scanner");
        this.state = useState({ step: "start", card: null, message: "", left: 0, busy: false, printed: false });
        this.text = "";
        useExternalListener(window, "keydown", () => this.focusScanner());
        useExternalListener(window, "click", () => this.onTouch());
        onMounted(() => {
            this.focusScanner();
            this.clock = browser.setInterval(() => this.tick(), 1000);
        });
        onWillUnmount(() => browser.clearInterval(this.clock));
    }

    /** The reader types like a keyboard: whatever it types belongs into the hidden box. */
    focusScanner() {
        this.scanner.el?.focus();
    }

    onTouch() {
        this.focusScanner();
        if (this.state.step !== "start") {
            this.state.left = STAYS[this.state.step];
        }
    }

    async tick() {
        if (this.state.step === "start" || this.state.busy) {
            return;
        }
        this.state.left -= 1;
        if (this.state.left <= 0) {
            this.start();
        } else if (this.state.step === "sent" && this.state.left % LOOKS_EVERY === 0) {
            await this.look();
        }
    }

    start() {
        this.text = "";
        Object.assign(this.state, { step: "start", card: null, message: "", left: 0, printed: false });
        if (this.scanner.el) {
            this.scanner.el.value = "";
        }
        this.focusScanner();
    }

    show(answer) {
        const left = answer.state === this.state.step ? this.state.left : STAYS[answer.state];
        Object.assign(this.state, { step: answer.state, card: answer, message: answer.message || "", left });
    }

    async onScannerKeydown(ev) {
        if (ev.key !== "Enter") {
            return;
        }
        ev.preventDefault();
        const text = ev.target.value.replace(/[\r\n]+$/, "");
        ev.target.value = "";
        if (text.trim() && !this.state.busy) {
            this.start();
            this.text = text;
            await this.ask("offer", [text]);
        }
    }

    async refund() {
        await this.ask("refund", [this.text, this.state.card.amount]);
    }

    async look() {
        const { number } = this.state.card;
        const answer = await this.orm.silent.call("hospital.refund.kiosk", "look", [number]);
        if (this.state.step === "sent" && this.state.card.number === number) {
            this.show(answer);
        }
    }

    async ask(method, args) {
        if (this.state.busy) {
            return;
        }
        this.state.busy = true;
        try {
            this.show(await this.orm.call("hospital.refund.kiosk", method, args));
        } finally {
            this.state.busy = false;
        }
    }

    async print() {
        if (this.state.busy || this.state.printed) {
            return;
        }
        this.state.busy = true;
        this.state.printed = true;
        try {
            await download({ url: `/hospital/refund-slip/${this.state.card.number}`, data: {} });
        } finally {
            this.state.busy = false;
        }
    }

    async leave() {
        await this.action.doAction("hospital_base.action_hospital_home", { clearBreadcrumbs: true });
    }
}

registry.category("actions").add("hospital_refund_kiosk", HospitalRefundKiosk);
