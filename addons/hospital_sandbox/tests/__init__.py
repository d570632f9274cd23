from . import test_echo
from . import test_echo_roads
from . import test_over_http
from . import test_soap
from . import test_walk
