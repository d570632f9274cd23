from . import monitor
