"""Install what is missing, build the database, and serve the suite on 127.0.0.1."""

import contextlib
import socket
import time

from . import database, layout, odoo_process, odoo_source, postgres, system, ui, venv

ROLES = ("registrar", "cashier", "finance", "finance_manager", "doctor", "nurse", "pharmacist", "gcp", "it", "auditor")
PORT_FILE = layout.HOME / "port"
PID_FILE = layout.HOME / "odoo.pid"
FIRST_PORT, PORTS = 8100, 1800


def add_arguments(parser):
    parser.add_argument("--port", type=int, help="HTTP port; remembered for the next start")
    parser.add_argument(
        "--addons", metavar="a,b", type=lambda text: text.split(","), help="only these addons and what they need"
    )
    parser.add_argument("--lang", default="zh_CN", help="language of every user (default: zh_CN)")
    parser.add_argument("--no-demo", dest="demo", action="store_false", help="build the database without demo data")
    parser.add_argument("--db", metavar="NAME", help="the database (default: hospital)")


def run(args):
    started = time.monotonic()
    prepare()
    port = choose_port(args.port)
    with postgres.choose() as server:
        name = database.name_or_default(server, args.db)
        config = database.write_config(server)
        make_ready(server, name, args, config)
        options = (f"--db-filter=^{name}$", "--pidfile", PID_FILE)
        with odoo_process.OdooServer(config, name, port, *options, pass_fds=server.pass_fds) as odoo:
            with ui.step("Starting Odoo"):
                odoo.wait_until_it_answers()
            PORT_FILE.write_text(str(port))
            announce(server, name, odoo.url, time.monotonic() - started)
            with contextlib.suppress(KeyboardInterrupt):
                if odoo.wait():
                    ui.fail(f"Odoo stopped by itself. The end of {odoo.log}:\n{ui.tail(odoo.log)}", f"less {odoo.log}")
            print("\nStopping ...", flush=True)


def prepare(development=False):
    """Everything a database needs before it can be built."""
    layout.HOME.mkdir(exist_ok=True)
    system.ensure(system.serve_packages() + (system.TEST if development else ()))
    odoo_source.ensure()
    venv.ensure(development)


def make_ready(server, name, args, config):
    addons = layout.choose_addons(args.addons)
    if server.exists(database.before_upgrade(name)):
        ui.fail(f"An upgrade of database {name} was interrupted.", "./hospital upgrade   (puts everything back first)")
    if not server.exists(name):
        words = f"{len(addons)} addon{'s' if len(addons) != 1 else ''}{' and demo data' if args.demo else ''}"
        with ui.step(f"Building database {name} with {words}"):
            database.build(server, name, addons, args.demo, args.lang, config)
    else:
        database.bring_up_to_date(server, name, addons, config)


def choose_port(wanted=None):
    """The port asked for or used last time; else one of this checkout's own."""
    remembered = int(PORT_FILE.read_text()) if PORT_FILE.is_file() else None
    port = wanted or remembered
    if port:
        if not is_free(port):
            if pid := odoo_process.running(PID_FILE):
                ui.fail(f"This checkout is already being served at port {port}.", f"kill {pid}   (stops it)")
            ui.fail(f"Port {port} is in use by another program.", f"./hospital serve --port {first_free(port + 1)}")
        return port
    return first_free(FIRST_PORT + int(layout.CHECKOUT, 16) % PORTS)


def first_free(port):
    while not is_free(port):
        port += 1
    return port


def is_free(port):
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def announce(server, name, url, seconds):
    rows = server.query("SELECT login FROM res_users WHERE active", name)
    logins = {row[0] for row in rows}
    roles = [role for role in ROLES if role in logins]
    print(f"\nReady after {seconds:.0f} s:  {url}\n")
    print("  log in as admin, password admin")
    if roles:
        print(f"  or as {', '.join(roles)}; the password is the login")
    print(f"\n  log: {layout.LOGS / 'odoo.log'}    stop: Ctrl-C", flush=True)
