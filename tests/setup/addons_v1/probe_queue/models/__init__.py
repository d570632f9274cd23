from . import probe_queue
