import { Component, onWillStart, useState } from "@odoo/owl";
import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { useService } from "@web/core/utils/hooks";
import { Layout } from "@web/search/layout";
import { standardActionServiceProps } from "@web/webclient/actions/action_service";

/** The page of another system inside ours. Its ticket is good once, so the address is asked for whenever it opens. */
export class LinkFrame extends Component {
    static template = "hospital_exchange.LinkFrame";
    static components = { Layout };
    static props = { ...standardActionServiceProps };

    setup() {
        this.orm = useService("orm");
        this.state = useState({ url: "", problem: "" });
        this.env.config.setDisplayName(this.props.action.name || _t("Other system"));
        onWillStart(() => this.open());
    }

    get display() {
        return { controlPanel: {} };
    }

    async open() {
        const { interface_id, res_model, res_id } = this.props.action.params || {};
        try {
            this.state.url = await this.orm.call("hospital.interface", "hospital_link", [
                interface_id,
                res_model || false,
                res_id || false,
            ]);
            this.state.problem = "";
        } catch (error) {
            this.state.problem = error.data?.message || _t("The link cannot be opened. Try again or tell IT.");
        }
    }
}

registry.category("actions").add("hospital_exchange_link", LinkFrame);
