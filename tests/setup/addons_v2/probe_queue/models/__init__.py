from . import probe_desk
from . import probe_queue
