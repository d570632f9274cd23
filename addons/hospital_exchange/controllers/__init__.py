from . import monitor
from . import exchange
