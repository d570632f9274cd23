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
        const { link, link_model, link_record, link_name } = this.props.action.params || {};
        this.link = { link, link_model, link_record, link_name };
        this.props.updateActionState?.(this.link); // in the address of the page, so that it can be loaded again
        this.env.config.setDisplayName(this.title);
        onWillStart(() => this.open());
    }

    get display() {
        return { controlPanel: {} };
    }

    get title() {
        return this.link.link_name || _t("Other system");
    }

    async open() {
        const { link, link_model, link_record } = this.link;
        try {
            this.state.url = await this.orm.call("hospital.interface", "hospital_link", [
                Number(link),
                link_model || false,
                Number(link_record) || false,
            ]);
            this.state.problem = "";
        } catch (error) {
            this.state.problem = error.data?.message || _t("The link cannot be opened. Try again or tell IT.");
        }
    }
}

registry.category("actions").add("hospital_exchange_link", LinkFrame);
