import { Component, onWillDestroy, onWillStart, useRef, useState } from "@odoo/owl";
import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { useAutofocus, useService } from "@web/core/utils/hooks";
import { standardWidgetProps } from "@web/views/widgets/standard_widget_props";

const EVERY = 3000;

/**
 * One payment while the patient stands there: scan his code, or show him one, and see what becomes of it.
 * The form must have the field that names the order (`order_id` unless the option `order_field` says otherwise).
 */
export class HospitalPayOrder extends Component {
    static template = "hospital_payment.PayOrder";
    static props = { ...standardWidgetProps, orderField: { type: String, optional: true } };

    setup() {
        this.orm = useService("orm");
        this.bus = useService("bus_service");
        this.state = useState({ status: null, busy: false, refusal: "", seconds: 0 });
        this.scan = useRef("scan");
        useAutofocus({ refName: "scan" });
        this.onBus = ({ id }) => id === this.orderId && this.poll();
        this.bus.subscribe("hospital_pay_order", this.onBus);
        onWillStart(() => this.begin());
        onWillDestroy(() => {
            this.isGone = true;
            clearTimeout(this.timer);
            this.bus.unsubscribe("hospital_pay_order", this.onBus);
        });
    }

    get orderId() {
        return this.props.record.data[this.props.orderField || "order_id"]?.id;
    }

    get status() {
        return this.state.status;
    }

    /** Which of the pictures is shown. */
    get stage() {
        if (!this.status) {
            return "none";
        }
        if (this.status.state === "created") {
            return this.status.way === "code" ? "scan" : "wait";
        }
        if (this.status.state === "paying" && this.status.qr_image) {
            return "qr";
        }
        return this.status.is_over ? this.status.state : "wait";
    }

    get waitingText() {
        return {
            paying: _t("The patient confirms on the phone …"),
            unknown: _t("The channel has not answered yet; it is being asked. Do not charge again."),
            reversing: _t("The payment is being taken back …"),
            paid: _t("Paid, being booked …"),
        }[this.status.state];
    }

    async begin() {
        if (!this.orderId) {
            return;
        }
        await this.call("hospital_poll");
        if (this.status?.state === "created" && this.status.way === "qr") {
            this.call("hospital_pay_qr");
        }
    }

    async call(method, ...args) {
        this.state.busy = true;
        this.state.refusal = "";
        clearTimeout(this.timer);
        try {
            await this.take(await this.orm.silent.call("hospital.pay.order", method, [[this.orderId], ...args]));
        } catch (error) {
            this.state.refusal = error.data?.message || _t("No connection to the server. The payment goes on without this screen.");
        } finally {
            this.state.busy = false;
            this.next();
        }
    }

    async take(status) {
        const wasOver = this.status?.is_over;
        this.state.status = status;
        if (status.is_over && !wasOver && !this.isGone) {
            await this.props.record.load();
        }
    }

    next() {
        clearTimeout(this.timer);
        if (!this.isGone && this.orderId && !this.status?.is_over && this.status?.state !== "created") {
            this.timer = setTimeout(() => this.poll(), EVERY);
        }
    }

    async poll() {
        if (this.isGone || this.state.busy) {
            return;
        }
        try {
            await this.take(await this.orm.silent.call("hospital.pay.order", "hospital_poll", [[this.orderId]]));
        } catch {
            // the next question comes in a moment
        }
        this.next();
    }

    async onScan(ev) {
        const code = ev.target.value.trim();
        if (ev.key !== "Enter" || ev.isComposing || !code || this.state.busy) {
            return;
        }
        ev.preventDefault();
        ev.stopPropagation();
        ev.target.value = "";
        await this.call("hospital_pay_code", code);
    }

    giveUp() {
        return this.call("hospital_give_up");
    }

    again() {
        return this.call("hospital_pay_qr");
    }
}

registry.category("view_widgets").add("hospital_pay_order", {
    component: HospitalPayOrder,
    extractProps: ({ options }) => ({ orderField: options.order_field }),
    fieldDependencies: ({ options }) => [{ name: options?.order_field || "order_id", type: "many2one", readonly: true }],
});
