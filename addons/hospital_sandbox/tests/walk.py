"""Every interface of every platform, tried against the sandbox: for the tests of any platform addon."""

from odoo.addons.hospital_exchange.tools.errors import ExchangeError

SENT = ("out", "table", "file")


def platforms(env):
    """The platforms that came with addons; those of the demo data are invented and lead nowhere."""
    return env["hospital.sandbox"]._shipped_platforms()


def wrong_rows(env, platform):
    """Sentences about rows that cannot work: looked at, nothing is called."""
    wrong = []
    for interface in platform.interface_ids:
        for line in interface.field_ids:
            if problem := line._path_problem():
                wrong.append(f"{interface.code} {line.path}: {problem}")
        if wanting := _wanting(env, platform, interface):
            wrong.append(f"{interface.code}: {wanting}")
    return wrong


def _wanting(env, platform, interface):
    model = env.get(interface.model) if interface.model else None
    if interface.model and model is None:
        return f"there is no model {interface.model}"
    if interface.direction == "in":
        has = interface._receiver()[1] or interface._has_request_fields()
        return None if has else "neither a _receive_ method nor field lines"
    if interface.direction in ("view", "link"):
        return None if model is not None or interface.direction == "link" else "no source model"
    if _is_about_messages(platform, interface):
        return None  # the engine itself says what it asks
    builds = interface._has_builder(model) or interface._has_request_fields()
    return None if builds else "neither a _build_ method nor field lines"


def _is_about_messages(platform, interface):
    others = platform.interface_ids
    return interface in others.query_interface_id | others.reversal_interface_id | platform.health_interface_id


def try_out(case, interface):
    """Send one message, or ask once, and hand the answer over; gives a sentence when it does not work, else None."""
    env = case.env
    platform = interface.platform_id
    far = env["hospital.sandbox"]._far_side(platform)
    record = far._example(interface)
    env.flush_all()  # a call at once is made on a cursor of its own
    extra = far._example_extra(interface)
    if interface == platform.health_interface_id:
        return _call(interface, None, interface._health_payload())
    if _is_about_messages(platform, interface) and not (record and _is_built(interface, record)):
        payload = {"number": "1", "key": "walk", "remote_ref": "", "payload": {}, "reply": {}}
        return _call(interface, None, payload)
    if not record and not extra:
        return f"{platform.code}.{interface.code}: there is no example of {interface.model}"
    if interface.timing == "now" or interface.effect == "read":
        return _call(interface, record, far._example_payload(interface, record), **extra)
    message = interface._queue(record, key=f"walk {interface.code}")
    case.deliver(platform)
    if message.state != "done" or message.reply_state == "failed":
        return f"{interface.code}: {message.state} {message.error_sentence} {message.error_detail}"
    return None


def _is_built(interface, record):
    return interface._has_builder(record) or interface._has_request_fields()


def _call(interface, record, payload, **extra):
    try:
        interface._call(record, key=f"walk {interface.code}", payload=payload, **extra)
    except ExchangeError as error:
        if error.kind == "business" and error.code in interface._absent_codes():
            return None  # what was never done cannot be taken back: an answer as good as any
        return f"{interface.code}: {error.kind} {error} {error.detail}"
    return None
