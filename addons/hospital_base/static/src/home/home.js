import { Component, onWillStart, useExternalListener, useState } from "@odoo/owl";
import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { groupBy } from "@web/core/utils/arrays";
import { useService } from "@web/core/utils/hooks";
import { formatInteger } from "@web/views/fields/formatters";
import { standardActionServiceProps } from "@web/webclient/actions/action_service";

const STALE_AFTER = 20000;

export class HospitalHome extends Component {
    static template = "hospital_base.Home";
    static props = { ...standardActionServiceProps };
    static displayName = _t("Home");

    setup() {
        this.orm = useService("orm");
        this.action = useService("action");
        this.state = useState({ home: null, loading: false });
        this.loadedAt = 0;
        onWillStart(() => this.load());
        useExternalListener(window, "focus", () => this.refreshIfStale());
        useExternalListener(document, "visibilitychange", () => this.refreshIfStale());
    }

    get greeting() {
        const { hour, user: name } = this.state.home;
        if (hour < 6) {
            return _t("Quiet night, %s", name);
        }
        if (hour < 12) {
            return _t("Good morning, %s", name);
        }
        return hour < 18 ? _t("Good afternoon, %s", name) : _t("Good evening, %s", name);
    }

    get sections() {
        const cards = this.state.home.cards.filter((card) => card.count);
        return Object.entries(groupBy(cards, (card) => card.section)).map(([title, cards]) => ({
            title,
            cards,
        }));
    }

    get quietCards() {
        return this.state.home.cards.filter((card) => !card.count);
    }

    formatCount(count) {
        return formatInteger(count);
    }

    async load() {
        this.state.loading = true;
        try {
            this.state.home = await this.orm.silent.call("hospital.home", "get_home", []);
            this.loadedAt = Date.now();
        } finally {
            this.state.loading = false;
        }
    }

    async refreshIfStale() {
        const stale = Date.now() - this.loadedAt > STALE_AFTER;
        if (stale && !this.state.loading && document.visibilityState === "visible") {
            await this.load();
        }
    }

    async openCard(card) {
        this.action.doAction(await this.orm.call("hospital.home", "open_card", [card.key]));
    }
}

registry.category("actions").add("hospital_home", HospitalHome);
