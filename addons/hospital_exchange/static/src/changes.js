import { onWillDestroy, onWillStart } from "@odoo/owl";
import { useService } from "@web/core/utils/hooks";

const CHANNEL = "hospital_exchange_changed";
const TYPE = "hospital_exchange/changed";
const SETTLE = 1_000;
const EVERY = 15_000;

let listeners = 0;

/**
 * Call back when messages or lines of platforms have changed: a moment later, so that what happened within the same
 * second is seen too. When no notice comes, because the bus is down or somebody else changed something, every 15
 * seconds all the same.
 */
export function useExchangeChanges(callback) {
    const bus = useService("bus_service");
    let timer;
    const wait = (pause) => {
        clearTimeout(timer);
        timer = setTimeout(() => {
            settling = false;
            wait(EVERY);
            callback();
        }, pause);
    };
    let settling = false;
    const changed = () => {
        if (!settling) {
            settling = true;
            wait(SETTLE);
        }
    };
    onWillStart(() => {
        listeners++;
        bus.addChannel(CHANNEL);
        bus.subscribe(TYPE, changed);
        wait(EVERY);
    });
    onWillDestroy(() => {
        clearTimeout(timer);
        bus.unsubscribe(TYPE, changed);
        listeners--;
        if (!listeners) {
            bus.deleteChannel(CHANNEL);
        }
    });
}
