// Runs in every page before the web client: knows when the client is idle, and reports error dialogs.
(() => {
    let inFlight = 0;
    let quietFrames = 0;
    const begin = () => {
        inFlight += 1;
        quietFrames = 0;
    };
    const end = () => {
        inFlight -= 1;
        quietFrames = 0;
    };
    const send = XMLHttpRequest.prototype.send;
    XMLHttpRequest.prototype.send = function (...args) {
        begin();
        this.addEventListener("loadend", end, { once: true });
        return send.apply(this, args);
    };
    const fetch = window.fetch;
    window.fetch = (...args) => {
        begin();
        return fetch(...args).finally(end);
    };
    const frame = () => {
        const busy =
            inFlight > 0 ||
            document.readyState !== "complete" ||
            !document.querySelector(".o_web_client .o_main_navbar, .o_login_auth, .oe_login_form, main, body:not(.o_web_client)") ||
            document.querySelector(".o_blockUI, .o_web_client .o_action_manager:empty");
        quietFrames = busy ? 0 : quietFrames + 1;
        requestAnimationFrame(frame);
    };
    requestAnimationFrame(frame);
    window.hospitalIdle = () => quietFrames >= 3;

    // What was quiet before the last click, key or change of the screen says nothing of now.
    const stir = () => (quietFrames = 0);
    for (const name of ["pointerdown", "click", "keydown", "input", "change"]) {
        window.addEventListener(name, stir, true);
    }
    new MutationObserver(stir).observe(document, { childList: true, subtree: true });

    const seen = new WeakSet();
    const look = () => {
        for (const dialog of document.querySelectorAll(".o_error_dialog")) {
            const body = dialog.querySelector(".modal-body");
            if (body && body.innerText.trim() && !seen.has(dialog)) {
                seen.add(dialog);
                window.hospitalErrorDialog(body.innerText.trim());
            }
        }
    };
    new MutationObserver(look).observe(document, { childList: true, subtree: true });
})();
