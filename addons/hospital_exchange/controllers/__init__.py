from . import monitor
from . import exchange
from . import link
