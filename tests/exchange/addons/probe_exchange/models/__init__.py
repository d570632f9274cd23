from . import probe_order
from . import protocol_probe
