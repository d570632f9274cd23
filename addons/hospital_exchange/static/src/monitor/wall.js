import { Component, onWillDestroy, onWillStart, useExternalListener, useState } from "@odoo/owl";
import { browser } from "@web/core/browser/browser";
import { _t } from "@web/core/l10n/translation";
import { registry } from "@web/core/registry";
import { useService } from "@web/core/utils/hooks";
import { formatInteger } from "@web/views/fields/formatters";
import { standardActionServiceProps } from "@web/webclient/actions/action_service";
import { useExchangeChanges } from "../changes";

const OLD = 45_000;
const CURVE = { width: 120, height: 24 };

/** How the platforms are doing, for a screen on the wall: nothing to click, nothing to scroll. */
export class HospitalExchangeWall extends Component {
    static template = "hospital_exchange.Wall";
    static props = { ...standardActionServiceProps };
    static displayName = _t("Platform wall");

    setup() {
        this.orm = useService("orm");
        this.state = useState({ wall: null, now: Date.now(), loadedAt: 0 });
        this.curve = CURVE;
        useExchangeChanges(() => this.load());
        useExternalListener(window, "keydown", (ev) => ev.key === "Escape" && this.leave());
        onWillStart(() => this.load());
        const clock = setInterval(() => (this.state.now = Date.now()), 1000);
        onWillDestroy(() => clearInterval(clock));
    }

    leave() {
        browser.location.assign("/odoo");
    }

    /** A wall has nobody to read an error dialog: what cannot be loaded shows as data that grows old. */
    async load() {
        if (this.loading) {
            return;
        }
        this.loading = true;
        try {
            this.state.wall = await this.orm.silent.call("hospital.exchange.monitor", "get_wall", []);
            this.state.loadedAt = this.state.now = Date.now();
        } catch (error) {
            console.warn("the platform wall could not be loaded", error);
        } finally {
            this.loading = false;
        }
    }

    get isOld() {
        return this.state.now - this.state.loadedAt > OLD;
    }

    get oldFor() {
        return this.duration((this.state.now - this.state.loadedAt) / 1000);
    }

    get clock() {
        return luxon.DateTime.fromMillis(this.state.now).toFormat("HH:mm:ss");
    }

    get date() {
        return luxon.DateTime.fromMillis(this.state.now).toLocaleString(luxon.DateTime.DATE_FULL);
    }

    /** As many columns as keep the tiles wide and the page within the screen. */
    get columns() {
        const count = this.state.wall.platforms.length;
        return Math.max(2, Math.ceil(Math.sqrt(count * 1.25)));
    }

    get rows() {
        return Math.max(2, Math.ceil(this.state.wall.platforms.length / this.columns));
    }

    /** Five digits and more do not fit a tile and say no more than two. */
    number(value) {
        const compact = { notation: "compact", maximumFractionDigits: 1 };
        return value < 10_000
            ? formatInteger(value)
            : new Intl.NumberFormat(luxon.Settings.defaultLocale, compact).format(value);
    }

    rate(tile) {
        return tile.rate === null ? "–" : `${Math.floor(tile.rate * 1000) / 10}%`;
    }

    latencies(tile) {
        if (tile.p50 === null) {
            return "–";
        }
        const [half, most] = [tile.p50, tile.p95].map((ms) => (ms / 1000).toFixed(ms < 10_000 ? 2 : 0));
        return _t("%(half)s/%(most)s s", { half, most });
    }

    quiet(tile) {
        if (tile.quiet_seconds === null) {
            return _t("no success yet");
        }
        const age = tile.quiet_seconds + (this.state.now - this.state.loadedAt) / 1000;
        return _t("success %s ago", this.duration(age));
    }

    duration(seconds) {
        if (seconds < 60) {
            return _t("%s s", Math.max(0, Math.floor(seconds)));
        }
        if (seconds < 3600) {
            return _t("%s min", Math.floor(seconds / 60));
        }
        return seconds < 172800
            ? _t("%s h", Math.floor(seconds / 3600))
            : _t("%s days", Math.floor(seconds / 86400));
    }

    /** One bar for each five minutes of the last hour; the failed part stands in the alarm colour at its foot. */
    bars(tile) {
        const most = Math.max(1, ...tile.curve.map(([calls]) => calls));
        const width = CURVE.width / tile.curve.length;
        return tile.curve.map(([calls, failed], index) => {
            const height = calls && Math.max(2, (CURVE.height * calls) / most);
            const bad = failed && Math.max(2, (height * failed) / calls);
            return { x: index * width + 1, width: width - 2, height, bad };
        });
    }
}

registry.category("actions").add("hospital_exchange_wall", HospitalExchangeWall);
