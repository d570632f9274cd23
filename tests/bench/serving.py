"""An Odoo of its own on the database of a benchmark, for what is measured over HTTP."""

import contextlib
import tempfile

from odoo.tools import config


@contextlib.contextmanager
def serving(env):
    """Gives the address; everything it shall know must be committed by then or later."""
    from tests.exchange.conftest import Server

    path = ",".join(config["addons_path"])
    with tempfile.TemporaryDirectory() as folder:
        server = Server(config["config"], env.cr.dbname, f"{folder}/log", 0, f"--addons-path={path}")
        try:
            yield f"http://127.0.0.1:{server.start().port}"
        finally:
            server.stop()
