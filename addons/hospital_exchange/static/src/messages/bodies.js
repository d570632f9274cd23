import { Component, onWillStart, useState } from "@odoo/owl";
import { _t } from "@web/core/l10n/translation";
import { browser } from "@web/core/browser/browser";
import { Dialog } from "@web/core/dialog/dialog";
import { registry } from "@web/core/registry";
import { useService } from "@web/core/utils/hooks";

/** Request and reply of one message as an auditor may see them: redacted by the server, laid out here. */
export class MessageBodies extends Component {
    static template = "hospital_exchange.MessageBodies";
    static components = { Dialog };
    static props = { messageId: Number, number: { type: [String, Boolean], optional: true }, close: Function };

    setup() {
        this.orm = useService("orm");
        this.notification = useService("notification");
        this.state = useState({ bodies: null });
        onWillStart(async () => {
            this.state.bodies = await this.orm.call("hospital.message", "hospital_read_bodies", [[this.props.messageId]]);
        });
    }

    get title() {
        return _t("Message %s: what was sent and answered", this.props.number || this.props.messageId);
    }

    get parts() {
        const { request, reply } = this.state.bodies;
        return [
            { key: "request", title: _t("Sent"), text: layOut(request) },
            { key: "reply", title: _t("Answered"), text: layOut(reply) },
        ];
    }

    async copy(text) {
        await browser.navigator.clipboard.writeText(text);
        this.notification.add(_t("Copied"), { type: "success" });
    }
}

/** JSON and XML with one thing per line; anything else as it is. */
export function layOut(text) {
    const body = (text || "").trim();
    if (body.startsWith("{") || body.startsWith("[")) {
        try {
            return JSON.stringify(JSON.parse(body), null, 2);
        } catch {
            return body;
        }
    }
    return body.startsWith("<") ? layOutXml(body) : body;
}

function layOutXml(body) {
    let depth = 0;
    const lines = body.replace(/>\s*</g, ">\n<").split("\n");
    return lines
        .map((line) => {
            if (/^<\//.test(line)) {
                depth = Math.max(0, depth - 1);
            }
            const laidOut = "  ".repeat(depth) + line;
            if (/^<[^!?/]/.test(line) && !/\/>$/.test(line) && !/<\//.test(line)) {
                depth += 1;
            }
            return laidOut;
        })
        .join("\n");
}

registry.category("actions").add("hospital_exchange_bodies", (env, action) => {
    env.services.dialog.add(MessageBodies, {
        messageId: action.params.message_id,
        number: action.params.number,
    });
});
