from . import test_engine_actions
from . import test_engine_outcomes
from . import test_engine_secrets
from . import test_engine_steps
from . import test_http_crypto
from . import test_http_signing
from . import test_roads_database
