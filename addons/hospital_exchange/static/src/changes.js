import { onWillDestroy, onWillStart } from "@odoo/owl";
import { useService } from "@web/core/utils/hooks";

const CHANNEL = "hospital_exchange_changed";
const TYPE = "hospital_exchange/changed";
const SETTLE = 1000;

/**
 * Call back when messages or lines of platforms have changed: a moment later, so that what happened within the same
 * second is seen too, and never twice at a time.
 */
export function useExchangeChanges(callback) {
    const bus = useService("bus_service");
    let timer;
    const changed = () => {
        if (!timer) {
            timer = setTimeout(() => {
                timer = null;
                callback();
            }, SETTLE);
        }
    };
    onWillStart(() => {
        bus.addChannel(CHANNEL);
        bus.subscribe(TYPE, changed);
    });
    onWillDestroy(() => {
        clearTimeout(timer);
        bus.unsubscribe(TYPE, changed);
    });
}
